// All aggregates by name. Adding one is adding a definition to its family.

import Columns

/// The aggregate functions that can be called.
package enum AggregateTable {
    /// Every definition, by family.
    package static let all: [AggregateDefinition] = [
        CountAggregates.all, SumAggregates.all, ExtremeAggregates.all, PickAggregates.all, MomentAggregates.all,
        PairAggregates.all, BitAggregates.all, BitmapAggregates.all, VectorAggregates.all, CollectAggregates.all,
        QuantileAggregates.all, HistogramAggregates.all,
        ApproximateAggregates.all, VariantAggregates.all,
    ].flatMap { $0 }

    private static let byName: [String: AggregateDefinition] = {
        var table: [String: AggregateDefinition] = [:]
        for definition in all {
            for name in [definition.name] + definition.aliases {
                precondition(table.updateValue(definition, forKey: name) == nil, "two aggregates are named \(name)")
            }
        }
        return table
    }()

    /// Every name that can be called, for "did you mean".
    package static let names: [String] = byName.keys.sorted()

    /// The aggregate with this name, in letters of any case.
    package static func definition(_ name: String) -> AggregateDefinition? { byName[name.lowercased()] }

    /// An aggregate over columns of these types, `nil` where there is none: for plans that are not written in SQL.
    package static func aggregate(_ name: String, over types: [DataType]) -> BoundAggregate? {
        let arguments = types.map { BoundArgument(type: $0, isNullable: true) }
        guard let definition = definition(name), definition.arity.contains(types.count),
            case .aggregate(let bound)? = try? definition.bind(arguments), bound.argumentTypes == types
        else { return nil }
        return bound
    }
}
