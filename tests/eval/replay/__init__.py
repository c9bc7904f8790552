"""Long sessions through a simulated prompt cache."""
