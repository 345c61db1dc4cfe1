"""Terms running out: consents that end, offers to renew, evidence past its own term."""
