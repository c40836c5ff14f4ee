"""Banks that are told and tell by files in a folder, round by round, as over a mounted SFTP."""
