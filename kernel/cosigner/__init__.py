"""The cosigner: a witness of the log in a process, with a key and a file, of its own."""
