"""Banks asked over HTTPS in signed GBK XML (direct connection, 银企直联); they never call us."""
