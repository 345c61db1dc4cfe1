"""What somebody has filled in of a form so far: sealed under a secret that their browser alone has, and short-lived."""
