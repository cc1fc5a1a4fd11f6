"""The e-mail function: a signed JSON POST in, one e-mail out. Independent of the web application."""
