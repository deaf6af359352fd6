"""Reports on paper: what is said (`model`), how it is drawn (`chart`) and set (`render`)."""
