// All functions by name. Adding one is adding a definition to its family.

/// The scalar functions that can be called.
package enum FunctionTable {
    /// Every definition, by family and name.
    package static let all: [FunctionDefinition] = [
        ConditionalFunctions.all, TextFunctions.all, TextSearchFunctions.all, PatternFunctions.all,
        RegularExpressionFunctions.all, EncodingFunctions.all,
        TextMeasureFunctions.all, TextChangeFunctions.all, LocatorFunctions.all, FormatFunctions.all,
        NumberFormatFunctions.all,
        NumberFunctions.all, RoundingFunctions.all, TrigonometricFunctions.all, DateFunctions.all, TimeFunctions.all,
        TimeOfDayFunctions.all,
        EventTimeFunctions.all, TimeFormatFunctions.all, ZoneFunctions.all, IntervalFunctions.all, BucketFunctions.all,
        CollectionFunctions.all, ArrayFunctions.all, MapFunctions.all, ConstructorFunctions.all, VectorFunctions.all,
        JSONFunctions.all, VariantFunctions.all,
        CSVFunctions.all, CastFunctions.all, OtherFunctions.all, ChanceFunctions.all,
        HashFunctions.all,
    ].flatMap { $0 }

    private static let byName: [String: FunctionDefinition] = {
        var table: [String: FunctionDefinition] = [:]
        for definition in all {
            for name in [definition.name] + definition.aliases {
                precondition(table.updateValue(definition, forKey: name) == nil, "two functions are named \(name)")
            }
        }
        return table
    }()

    /// Every name that can be called, for "did you mean".
    package static let names: [String] = byName.keys.sorted()

    /// The function with this name, in letters of any case, or the operator with this mark.
    package static func definition(_ name: String) -> FunctionDefinition? {
        byName[name.lowercased()] ?? BitwiseFunctions.operators[name] ?? IntervalFunctions.operators[name]
            ?? TimeOfDayFunctions.operators[name]
            ?? VariantFunctions.operators[name]
    }

    /// `array[index]`, which has no name that can be called: the element from 0; raises beyond the array.
    package static let elementOperator = CollectionFunctions.elementOperator
}
