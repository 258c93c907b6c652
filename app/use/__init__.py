"""Using the network: answers for files, pictures, drawn and typed examples."""
