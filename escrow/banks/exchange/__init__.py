"""Banks behind a length-prefixed GBK XML line, as provincial trading centres agreed with theirs."""
