"""The suite every backend must pass: pytest --pyargs samegraph.conformance --samegraph-backend NAME"""
