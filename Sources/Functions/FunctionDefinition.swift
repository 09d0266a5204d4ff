// What there is to know of a function: its names, its arguments, what it promises and how it is computed.

import Columns

/// What a function does not promise, or does: what optimisers, and the compiler of expressions, may do with a call.
package struct FunctionTraits: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Another value at every evaluation, as `rand()`: never folded, moved or evaluated twice.
    package static let isNondeterministic = FunctionTraits(rawValue: 1)
    /// One value a micro-batch, as `current_timestamp()`: not folded when the query is compiled.
    package static let isPerBatch = FunctionTraits(rawValue: 2)
    /// There are rows for which it raises: must not be evaluated for rows that a condition keeps from it.
    package static let mayRaise = FunctionTraits(rawValue: 4)
    /// NULL wherever an argument is.
    package static let isNullIntolerant = FunctionTraits(rawValue: 8)

    /// Its kernel takes constant columns as they are, and not only columns with a slot or run a row.
    package static let takesConstants = FunctionTraits(rawValue: 16)

    /// Whether calls of constants are constants.
    package var isFoldable: Bool { isDisjoint(with: [.isNondeterministic, .isPerBatch]) }
}

/// The chapters of the list of functions.
package enum FunctionGroup: String, Sendable, CaseIterable {
    case conditional = "Conditions and NULL"
    case text = "Texts and binaries"
    case pattern = "Patterns"
    case json = "JSON and CSV"
    case variant = "VARIANT"
    case math = "Numbers"
    case time = "Dates and timestamps"
    case collection = "Arrays and maps"
    case conversion = "Conversions"
    case other = "Other"
}

/// One function of the table: adding a function is adding one of these to its family.
package struct FunctionDefinition: Sendable {
    /// Spark's name, in lower case.
    package let name: String
    /// Its other names.
    package let aliases: [String]
    package let group: FunctionGroup
    /// The call as documentation shows it: `substring(text, position [, length])`.
    package let usage: String
    /// What it gives, as half a sentence.
    package let summary: String
    /// How many arguments it takes.
    package let arity: ClosedRange<Int>
    /// The values of the last arguments where they are left out; Spark shows them in the names of columns.
    package let defaults: [Value]
    package let traits: FunctionTraits
    /// The parameters for which a text is that text in the Swift API, and not the name of a column: patterns, formats.
    package let values: Set<Int>
    /// How Spark names a column of a call, from the texts of the arguments, where that isn't `name(arguments)`.
    package let columnText: (@Sendable ([String]) -> String)?
    private let shape: @Sendable (FunctionCall) throws(FunctionError) -> FunctionShape

    /// Creates a definition; `shape` sees as many arguments as `arity` and `defaults` say.
    init(
        _ name: String, aliases: [String] = [], _ group: FunctionGroup, _ usage: String, _ summary: String,
        _ arity: ClosedRange<Int>, defaults: [Value] = [], traits: FunctionTraits = .isNullIntolerant,
        values: Set<Int> = [], columnText: (@Sendable ([String]) -> String)? = nil,
        shape: @escaping @Sendable (FunctionCall) throws(FunctionError) -> FunctionShape
    ) {
        self.name = name
        self.aliases = aliases
        self.group = group
        self.usage = usage
        self.summary = summary
        self.arity = arity
        self.defaults = defaults
        self.traits = traits
        self.values = values
        self.columnText = columnText
        self.shape = shape
    }

    /// Creates a function of arguments of these types, by Spark's implicit casts; the last ones may be left out where
    /// there are `defaults`.
    init(
        _ name: String, aliases: [String] = [], _ group: FunctionGroup, _ usage: String, _ summary: String,
        _ parameters: [DataType], defaults: [Value] = [], gives type: DataType,
        traits: FunctionTraits = .isNullIntolerant, values: Set<Int> = [], _ kernel: ScalarKernel
    ) {
        self.init(
            name, aliases: aliases, group, usage, summary, (parameters.count - defaults.count)...parameters.count,
            defaults: defaults, traits: traits, values: values
        ) { (call) throws(FunctionError) in
            .kernel(try call.types(parameters), type, isNullable: nil, kernel)
        }
    }

    /// Creates a function of arguments of these types whose kernel depends on the session's time zone.
    init(
        _ name: String, _ group: FunctionGroup, _ usage: String, _ summary: String, _ parameters: [DataType],
        defaults: [Value] = [], gives type: DataType, values: Set<Int> = [],
        usingZone kernel: @escaping @Sendable (TimeZone) -> ScalarKernel
    ) {
        self.init(
            name, group, usage, summary, (parameters.count - defaults.count)...parameters.count, defaults: defaults,
            traits: [.isNullIntolerant, .mayRaise], values: values
        ) { (call) throws(FunctionError) in
            .kernel(try call.types(parameters), type, isNullable: nil, zone: call.zone, kernel(call.zone))
        }
    }

    /// Creates a function that is another expression of its arguments, whatever their types.
    init(
        _ name: String, aliases: [String] = [], _ group: FunctionGroup, _ usage: String, _ summary: String,
        _ arity: ClosedRange<Int>, values: Set<Int> = [], columnText: (@Sendable ([String]) -> String)? = nil,
        is rewrite: Rewrite
    ) {
        self.init(
            name, aliases: aliases, group, usage, summary, arity, traits: [], values: values, columnText: columnText
        ) { _ in .rewrite(rewrite) }
    }

    /// The values that stand for the arguments that a call with `count` of them leaves out.
    package func missingDefaults(_ count: Int) -> ArraySlice<Value> {
        defaults.isEmpty ? [] : defaults.suffix(max(0, arity.upperBound - count))
    }

    /// What a call with these arguments is, defaults included, in a session of this time zone, or why it is none.
    package func bind(
        _ arguments: [BoundArgument], zone: TimeZone = .utc
    ) throws(FunctionError) -> FunctionBinding {
        switch try shape(FunctionCall(name: name, arguments: arguments, zone: zone)) {
        case .kernel(let argumentTypes, let type, let isNullable, let zone, let kernel):
            return .function(
                BoundFunction(
                    name, argumentTypes, type, isNullable: isNullable ?? arguments.contains { $0.isNullable },
                    traits: traits, zone: zone.flatMap { $0.isUTC ? nil : $0 }, kernel))
        case .rewrite(let rewrite): return .rewrite(rewrite)
        }
    }
}

/// What a definition says a call is.
enum FunctionShape: Sendable {
    /// A kernel with the types that it takes and gives; NULL where an argument is, unless `isNullable` says otherwise.
    /// Where what it gives for these types depends on the session's time zone, it names that: a checkpoint of the query
    /// is then one for this zone alone.
    case kernel([DataType], DataType, isNullable: Bool?, zone: TimeZone? = nil, ScalarKernel)
    case rewrite(Rewrite)

    /// NULL where an array of no known elements is: `map_keys(NULL)`.
    static let nullArray = FunctionShape.rewrite(.cast(.null, .array(.null, containsNull: true)))
}

/// A call as a definition sees it, with what most definitions ask.
struct FunctionCall: Sendable {
    let name: String
    let arguments: [BoundArgument]
    /// The session's time zone. The shape of a kernel that uses it names it.
    var zone = TimeZone.utc

    /// The type of an argument.
    func type(_ index: Int) -> DataType { arguments[index].type }

    /// The parameters' types, the last for all further arguments, once the arguments are known to fit them.
    func types(_ parameters: [DataType]) throws(FunctionError) -> [DataType] {
        var types: [DataType] = []
        for (index, argument) in arguments.enumerated() {
            let wanted = parameters[min(index, parameters.count - 1)]
            guard TypeCoercion.castsImplicitly(argument.type, to: wanted) else { throw unexpected(index, "\(wanted)") }
            types.append(wanted)
        }
        return types
    }

    /// The one type that all arguments have in common.
    func commonType() throws(FunctionError) -> DataType {
        var type: DataType = .null
        for argument in arguments {
            guard let wider = TypeCoercion.commonType(type, argument.type) else {
                throw FunctionError(
                    "DATATYPE_MISMATCH.DATA_DIFF_TYPES",
                    "the arguments of \(name) must have one type, found \(type) and \(argument.type)",
                    hint: "write a CAST")
            }
            type = wider
        }
        return type
    }

    /// BINARY where an argument is one, else text.
    func textOrBinary(_ index: Int) throws(FunctionError) -> DataType {
        if type(index) == .binary { return .binary }
        guard TypeCoercion.castsImplicitly(type(index), to: .string) else {
            throw unexpected(index, "STRING or BINARY")
        }
        return .string
    }

    /// The type of a number; texts and NULL are read as DOUBLE.
    func numeric(_ index: Int) throws(FunctionError) -> DataType {
        let type = type(index)
        if type.isNumeric { return type }
        guard type == .string || type == .null else { throw unexpected(index, "a number") }
        return .double
    }

    /// The error of an argument of a type that isn't taken.
    func unexpected(_ index: Int, _ wanted: String) -> FunctionError {
        FunctionError(
            "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
            "argument \(index + 1) of \(name) must be \(wanted), found \(type(index))", hint: "write a CAST")
    }
}
