// Texts with parts of them changed, and texts out of lists.

import Columns

enum TextChangeFunctions {
    static let all: [FunctionDefinition] = [
        FunctionDefinition(
            "overlay", .text, "overlay(text, replacement, position [, length])",
            "the text with so many characters from a position on replaced, as many as the replacement has", 3...4,
            defaults: [.integer(-1)]
        ) { (call) throws(FunctionError) in
            let type = call.type(0) == .binary && call.type(1) == .binary ? DataType.binary : .string
            return .kernel(
                try call.types([type, type, .integer, .integer]), type, isNullable: nil,
                .variadic { (columns) throws(KernelError) in try TextChangeKernels.overlay(columns, type) })
        },
        FunctionDefinition(
            "elt", .text, "elt(number, text, ...)", "the text with a number, from 1", 2...Int.max,
            traits: .mayRaise
        ) { (call) throws(FunctionError) in
            let isBinary = call.arguments.dropFirst().allSatisfy { $0.type == .binary }
            let type: DataType = isBinary ? .binary : .string
            return .kernel(
                try call.types([.integer, type]), type, isNullable: true,
                .variadic { (columns) throws(KernelError) in try TextChangeKernels.chosen(columns) })
        },
        FunctionDefinition(
            "initcap", .text, "initcap(text)", "the text with a capital at the start of every word, the rest small",
            [.string], gives: .string,
            .unary { (column) throws(KernelError) in try TextChangeKernels.capitalized(column) }),
        FunctionDefinition(
            "quote", .text, "quote(text)", "the text in quotes, with a backslash before those in it", [.string],
            gives: .string, .unary { (column) throws(KernelError) in try TextChangeKernels.quoted(column) }),
        FunctionDefinition(
            "mask", .text, "mask(text [, upper, lower, digit, other])",
            "the text with X for capitals, x for small letters and n for digits, or other characters; NULL leaves them",
            1...5, defaults: [.string("X"), .string("x"), .string("n"), .null], traits: [], values: [1, 2, 3, 4]
        ) { (call) throws(FunctionError) in
            let types = try call.types([.string])
            var masks: [Unicode.Scalar?] = []
            for argument in call.arguments.dropFirst() {
                switch argument.constant {
                case .null?: masks.append(nil)
                case .string(let text)? where text.unicodeScalars.count == 1: masks.append(text.unicodeScalars.first)
                default:
                    throw FunctionError(
                        "DATATYPE_MISMATCH.INPUT_SIZE_NOT_ONE", "a mask must be one constant character or NULL")
                }
            }
            let given = masks
            return .kernel(
                types, .string, isNullable: call.arguments[0].isNullable,
                .variadic { (columns) throws(KernelError) in try TextChangeKernels.masked(columns[0], given) })
        },
        FunctionDefinition(
            "str_to_map", .text, "str_to_map(text [, pairDelimiter, keyDelimiter])",
            "a map of the pairs in a text: by default a:1,b:2", 1...3, defaults: [.string(","), .string(":")],
            traits: [.isNullIntolerant, .mayRaise], values: [1, 2]
        ) { (call) throws(FunctionError) in
            let type = DataType.map(key: .string, value: .string, valueContainsNull: true)
            let types = try call.types([.string])
            return .kernel(
                types, type, isNullable: nil,
                .prepared { (constants) throws(FunctionError) in
                    guard case .string(let pairs)? = constants[1], case .string(let keys)? = constants[2] else {
                        throw FunctionError(
                            "NON_FOLDABLE_ARGUMENT", "the delimiters of str_to_map must be constant STRINGs")
                    }
                    do throws(KernelError) {
                        let (outer, inner) = (try SplitKernel(pattern: pairs), try SplitKernel(pattern: keys, limit: 2))
                        return .variadic { (columns) throws(KernelError) in
                            try TextChangeKernels.pairs(columns[0], outer, inner, type)
                        }
                    } catch {
                        throw FunctionError(error)
                    }
                })
        },
        FunctionDefinition(
            "sentences", .text, "sentences(text [, language, country])",
            "an array of sentences, each an array of its words", 1...3, defaults: [.string(""), .string("")],
            traits: [], values: [1, 2]
        ) { (call) throws(FunctionError) in
            let type = DataType.array(.array(.string, containsNull: false), containsNull: false)
            return .kernel(
                try call.types([.string]), type, isNullable: call.arguments[0].isNullable,
                .variadic { (columns) throws(KernelError) in try TextChangeKernels.sentences(columns[0], type) })
        },
        FunctionDefinition(
            "raise_error", .other, "raise_error(message)", "an error with this message", 1...1, traits: .mayRaise
        ) { (call) throws(FunctionError) in
            .kernel(
                try call.types([.string]), .null, isNullable: true,
                .unary { (column) throws(KernelError) in
                    guard column.count > 0 else { return NullKernels.nulls(type: .null, count: 0) }
                    let message = column.isNull(0) ? "null" : Utf8Kernel.javaString(column.run(0))
                    throw KernelError(code: "USER_RAISED_EXCEPTION", message: message, row: 0)
                })
        },
        FunctionDefinition(
            "assert_true", .other, "assert_true(condition [, message])",
            "NULL where the condition is true, else an error with the message", 1...2,
            is: .choose(
                .argument(0), then: .null,
                otherwise: .call("raise_error", [.literal(.string("the condition is not true"), .string)]))),
    ]
}
