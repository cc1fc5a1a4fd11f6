"""How the periodic jobs are doing: each leaves its last run, and staff see what is overdue."""
