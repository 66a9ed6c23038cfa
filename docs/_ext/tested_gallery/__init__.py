"""A gallery whose outputs are tested, as a site in several languages.

Seven rooms: pages and languages on the ground, and side by side above them outputs,
state, api, forms and site, none of which knows another.
"""
