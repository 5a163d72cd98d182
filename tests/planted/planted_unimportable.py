"""A backend whose framework is not installed."""

import samegraph_has_no_such_framework

backend = samegraph_has_no_such_framework
