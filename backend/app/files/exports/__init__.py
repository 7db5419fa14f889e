"""What people print, pin up and hand on: Excel, HTML, the rule book."""
