// Types as functions: `int(x)` is `CAST(x AS INT)`.

import Columns

enum CastFunctions {
    static let all: [FunctionDefinition] = [
        cast("boolean", .boolean), cast("tinyint", .byte), cast("smallint", .short), cast("int", .integer),
        cast("bigint", .long), cast("float", .float), cast("double", .double),
        cast("decimal", .decimal(precision: 10, scale: 0)), cast("string", .string), cast("binary", .binary),
        cast("date", .date), cast("timestamp", .timestamp),
    ]

    private static func cast(_ name: String, _ type: DataType) -> FunctionDefinition {
        FunctionDefinition(
            name, .conversion, "\(name)(value)", "the value as \(type)", 1...1, is: .cast(.argument(0), type))
    }
}
