"""Live picture and its recording: a chain of parts, watched by peers or by the parts themselves."""
