"""Metrics: declared once, collected when somebody asks, printed for Prometheus."""
