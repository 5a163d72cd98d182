"""What samegraph costs: every benchmark takes its candidates in turn, so that ratios survive a noisy machine."""
