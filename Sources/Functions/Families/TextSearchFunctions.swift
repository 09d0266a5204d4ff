// What stands where in a text, and how much there is.

import Columns

enum TextSearchFunctions {
    static let all: [FunctionDefinition] = [
        FunctionDefinition(
            "length", aliases: ["len", "char_length", "character_length"], .text, "length(text)",
            "how many characters a text has, or bytes a binary", 1...1
        ) { (call) throws(FunctionError) in
            .kernel([try call.textOrBinary(0)], .integer, isNullable: nil, .unary { StringKernels.length($0) })
        },
        FunctionDefinition(
            "octet_length", .text, "octet_length(text)", "how many bytes there are", 1...1
        ) { (call) throws(FunctionError) in
            .kernel([try call.textOrBinary(0)], .integer, isNullable: nil, .unary { StringKernels.octetLength($0) })
        },
        FunctionDefinition(
            "bit_length", .text, "bit_length(text)", "how many bits there are", 1...1,
            is: .arithmetic(
                .multiply, .call("octet_length", [.argument(0)]), .literal(.integer(8), .integer))),
        question("startswith", "begins with", { TextKernels.startsWith($0, $1) }),
        question("endswith", "ends with", { TextKernels.endsWith($0, $1) }),
        question("contains", "contains", { TextKernels.contains($0, $1) }),
        FunctionDefinition(
            "locate", aliases: ["position"], .text, "locate(part, text [, position])",
            "at which character, from 1, a part stands first from a position on; 0 where it doesn't",
            2...3, defaults: [.integer(1)], traits: [.isNullIntolerant, .takesConstants], values: [0]
        ) { (call) throws(FunctionError) in
            let types = try call.types([.string, .string, .integer])
            // As in Spark it stands nowhere from a position that is NULL.
            if call.arguments[2].isNullable {
                let one = Rewrite.literal(.integer(1), .integer)
                let found = Rewrite.call(
                    "locate", [.argument(0), .argument(1), .call("coalesce", [.cast(.argument(2), .integer), one])])
                return .rewrite(
                    .choose(
                        .isNull(.argument(2), isNegated: false), then: .literal(.integer(0), .integer),
                        otherwise: found))
            }
            return .kernel(
                types, .integer, isNullable: nil, .variadic { TextKernels.locate($0[0], $0[1], $0[2]) })
        },
        FunctionDefinition(
            "instr", .text, "instr(text, part [, position [, number]])",
            "at which character, from 1, a part stands for the so-manyth time from a position on, below 0 from the end",
            2...4, traits: [.isNullIntolerant, .mayRaise, .takesConstants], values: [1]
        ) { (call) throws(FunctionError) in
            switch call.arguments.count {
            case 2: return .rewrite(.call("locate", [.argument(1), .argument(0)]))
            case 3:
                let one = Rewrite.literal(.integer(1), .integer)
                return .rewrite(.call("instr", [.argument(0), .argument(1), .argument(2), one]))
            default:
                return .kernel(
                    try call.types([.string, .string, .integer, .integer]), .integer, isNullable: nil,
                    .variadic { (columns) throws(KernelError) in try OccurrenceKernel.places(columns) })
            }
        },
        FunctionDefinition(
            "ascii", .text, "ascii(text)", "the code point of the first character", [.string], gives: .integer,
            .unary { TextKernels.ascii($0) }),
        FunctionDefinition(
            "substring_index", .text, "substring_index(text, delimiter, count)",
            "what stands before the count-th delimiter, or behind it from the end where it is below 0",
            [.string, .string, .integer], gives: .string,
            traits: [.isNullIntolerant, .takesConstants], values: [1],
            .variadic { (columns) throws(KernelError) in try TextKernels.beforeDelimiter(columns) }),
        FunctionDefinition(
            "split_part", .text, "split_part(text, delimiter, number)",
            "the part with a number, from 1, or below 0 from the end", [.string, .string, .integer], gives: .string,
            traits: [.isNullIntolerant, .mayRaise, .takesConstants],
            .variadic { (columns) throws(KernelError) in try TextKernels.part(columns) }),
    ]

    /// Of two binaries, or of two texts.
    private static func question(
        _ name: String, _ verb: String, _ kernel: @escaping @Sendable (ColumnVector, ColumnVector) -> ColumnVector
    ) -> FunctionDefinition {
        FunctionDefinition(
            name, .text, "\(name)(text, part)", "whether the text \(verb) a part", 2...2,
            traits: [.isNullIntolerant, .takesConstants]
        ) { (call) throws(FunctionError) in
            let type: DataType = call.type(0) == .binary && call.type(1) == .binary ? .binary : .string
            return .kernel(try call.types([type]), .boolean, isNullable: nil, .binary(kernel))
        }
    }
}
