"""How fast Vigil is, as a ratio to a floor that is measured in the same run. `./run bench [NAME]` runs these."""
