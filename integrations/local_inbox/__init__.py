"""The demo's inbox (D7): a real SMTP server that keeps what it is sent, and pages to read it."""
