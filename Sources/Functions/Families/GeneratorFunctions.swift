// What makes several rows of one.

import Columns

enum GeneratorFunctions {
    static let all: [FunctionDefinition] = [
        FunctionDefinition(
            "explode", .generator, "explode(array)", "one row for each element; none for an empty or NULL array", 1...1,
            traits: []
        ) { (call) throws(FunctionError) in
            guard case .array = call.type(0) else { throw call.unexpected(0, "an ARRAY") }
            return .generator(.explode)
        }
    ]
}
