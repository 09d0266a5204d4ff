// What texts have in common, what they sound like, and bits and buckets of numbers.

import Columns

enum TextMeasureFunctions {
    static let all: [FunctionDefinition] = [
        FunctionDefinition(
            "levenshtein", .text, "levenshtein(a, b [, most])",
            "how many characters must change to make one text the other; -1 where it is more than most", 2...3,
            traits: []
        ) { (call) throws(FunctionError) in
            .kernel(
                try call.types([.string, .string, .integer]), .integer,
                isNullable: call.arguments.prefix(2).contains { $0.isNullable },
                .variadic { TextMeasureKernels.levenshtein($0[0], $0[1], $0.count > 2 ? $0[2] : nil) })
        },
        FunctionDefinition(
            "jaro_winkler_similarity", .text, "jaro_winkler_similarity(a, b)",
            "how alike two texts are by Jaro and Winkler, from 0 to 1", [.string, .string], gives: .double,
            .binary { TextMeasureKernels.jaroWinkler($0, $1) }),
        FunctionDefinition(
            "soundex", .text, "soundex(text)", "a letter and three digits for how the text sounds in English",
            [.string], gives: .string,
            .unary { (column) throws(KernelError) in try TextMeasureKernels.soundex(column) }),
        FunctionDefinition(
            "find_in_set", .text, "find_in_set(text, list)",
            "at which place, from 1, the text stands in a list with commas; 0 where it doesn't", [.string, .string],
            gives: .integer, .binary { TextMeasureKernels.place($0, inList: $1) }),
        FunctionDefinition(
            "luhn_check", .text, "luhn_check(digits)", "whether the last digit is right by Luhn's algorithm", [.string],
            gives: .boolean, .unary { TextMeasureKernels.luhn($0) }),
        FunctionDefinition(
            "getbit", aliases: ["bit_get"], .math, "getbit(number, place)", "the bit at a place, 0 being the lowest",
            2...2,
            traits: [.isNullIntolerant, .mayRaise]
        ) { (call) throws(FunctionError) in
            let type = call.type(0) == .null ? .long : call.type(0)
            guard let width = type.fixedWidth, type.isIntegral else { throw call.unexpected(0, "an integer") }
            guard call.type(1).isIntegral || [.string, .null].contains(call.type(1)) else {
                throw call.unexpected(1, "INT")
            }
            return .kernel(
                [.long, .integer], .byte, isNullable: nil,
                .binary { (numbers, places) throws(KernelError) in
                    try TextMeasureKernels.bits(numbers, places, width: 8 * width)
                })
        },
        FunctionDefinition(
            "bitmap_bit_position", .math, "bitmap_bit_position(number)", "where a number stands in its bitmap of 4 KiB",
            [.long], gives: .long,
            .unary { column in
                let numbers = column.slots(as: Int64.self)
                return Loops.slots(.long, [column], as: Int64.self) { row in
                    numbers[row] > 0 ? (numbers[row] - 1) % 32768 : (0 &- numbers[row]) % 32768
                }
            }),
        FunctionDefinition(
            "bitmap_bucket_number", .math, "bitmap_bucket_number(number)", "which bitmap of 4 KiB a number belongs to",
            [.long], gives: .long,
            .unary { column in
                let numbers = column.slots(as: Int64.self)
                return Loops.slots(.long, [column], as: Int64.self) { row in
                    numbers[row] > 0 ? 1 + (numbers[row] - 1) / 32768 : numbers[row] / 32768
                }
            }),
        FunctionDefinition("bitmap_count", .math, "bitmap_count(binary)", "how many bits are set", 1...1) {
            (call) throws(FunctionError) in
            guard [.binary, .null].contains(call.type(0)) else { throw call.unexpected(0, "BINARY") }
            return .kernel(
                [.binary], .long, isNullable: nil,
                .unary { column in
                    let runs = Runs(column)
                    return Loops.slots(.long, [column], as: Int64.self) { row in
                        var count = 0
                        for byte in runs[row] { count &+= byte.nonzeroBitCount }
                        return Int64(count)
                    }
                })
        },
    ]
}
