"""Values computed by other libraries, and the scripts that had them computed."""
