"""A network as a web page that runs it: a folder to open, to put on a server, or to send to somebody."""
