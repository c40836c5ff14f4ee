"""The process banks push to: it checks who speaks, keeps what was said, and knows nothing else."""
