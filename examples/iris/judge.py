"""Learns iris species from a few flowers of each, and says of the flowers held out whether it was right.

judge.py DATA CLASSIFIER FLOWERS SEED
"""
import csv, json, sys

data, classifier, flowers, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
with open(data) as file:
    irises = [(row[:4], row[4]) for row in json.load(file)]
species = sorted({name for _, name in irises})
by_species = {name: [point for point, each in irises if each == name] for name in species}


def drawn(points, count, state):
    """`count` of the points, by a generator that is easily had in any language (Park and Miller 1988)."""
    left, found = list(points), []
    for _ in range(count):
        state = state * 48271 % 2147483647
        found.append(left.pop(int(state / 2147483647 * len(left))))
    return found


def distance(a, b):
    return sum((x - y) ** 2 for x, y in zip(a, b))


# The last twenty of each species are held out, so that all stages judge the same flowers.
known = []
for k, name in enumerate(species):
    points = drawn(by_species[name][:30], flowers, (seed + k) % 2147483646 + 1)
    if classifier == 'centroid':
        points = [[sum(values) / len(points) for values in zip(*points)]]
    known += [(point, name) for point in points]

with open('items.csv', 'w') as file:
    rows = csv.writer(file)
    rows.writerow(['item', 'truth', 'prediction'])
    for name in species:
        for i, point in enumerate(by_species[name][30:]):
            nearest = min(known, key=lambda each: distance(each[0], point))
            rows.writerow([f'{name} {i + 31}', name, nearest[1]])
