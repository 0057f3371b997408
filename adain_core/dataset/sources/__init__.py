"""Where pictures come from: folders, tar shards, tables."""
