"""Banks: one gateway Protocol, an adapter per dialect, the inbox, links, and a simulator."""
