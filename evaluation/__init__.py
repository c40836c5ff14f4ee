"""Remote evaluation: an empty room until the award is built; nothing imports it yet."""
