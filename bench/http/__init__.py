"""What measurements over real HTTP share: servers as the demo runs them, clients, processor time, a report."""
