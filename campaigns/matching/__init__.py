"""Which creators suit a brief, in which order, and why.

`candidate`  what is known of one creator, and what a brief asks for: plain values
`text`       how much of a brief's wording turns up in a creator's own, in any language
`peers`      where a number stands among creators of the same size on the same platform
`features`   one number per question a marketer asks, with units
`rankers/`   the orders: by followers, by weights, learned from outcomes
`reasons`    what raised and lowered a candidate, as codes with parameters (campaigns/wording says them)
`evaluate`   how good an order was
`train`      what the learned ranker learns from, and whether it is any better
`shortlist/` the room's only part that touches the database: draws a shortlist, trains the learned ranker
"""
