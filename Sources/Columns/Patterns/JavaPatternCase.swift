// Which characters are the same to java.util.regex with (?i) and (?iu).

/// Cases of letters, by the rules of java.lang.Character.
enum JavaPatternCase {
    /// A character with the characters that Java compares in its place.
    private struct Letter {
        let point: UInt32
        let upper: UInt32
        /// The small letter of the capital one, by which Java knows that two are the same.
        let folded: UInt32
    }

    /// All letters of two cases. Made when `(?iu)` is first met.
    private static let letters: [Letter] = {
        var letters: [Letter] = []
        for point in UInt32(0)...0x1FFFF {
            guard let scalar = Unicode.Scalar(point), scalar.properties.isCased || point == 0x345 else { continue }
            let upper = upper(point)
            let folded = lower(upper)
            if upper != point || folded != point { letters.append(Letter(point: point, upper: upper, folded: folded)) }
        }
        return letters
    }()

    private static let byFolded = Dictionary(grouping: letters, by: \.folded).mapValues { $0.map(\.point) }

    /// The one capital letter; of those whose capital is two letters the title's, as of ᾀ, where that is one.
    private static func upper(_ point: UInt32) -> UInt32 {
        guard let properties = Unicode.Scalar(point)?.properties else { return point }
        return single(properties.uppercaseMapping) ?? single(properties.titlecaseMapping) ?? point
    }

    private static func lower(_ point: UInt32) -> UInt32 {
        // İ is the only one whose small letter Unicode writes as two.
        if point == 0x130 { return 0x69 }
        return Unicode.Scalar(point).flatMap { single($0.properties.lowercaseMapping) } ?? point
    }

    private static func single(_ text: String) -> UInt32? {
        text.unicodeScalars.count == 1 ? text.unicodeScalars.first?.value : nil
    }

    static func isLetter(_ point: UInt32) -> Bool { (65...90).contains(point & ~0x20) && point < 0x80 }

    /// The characters that are the same as one. In a row of characters Java takes ẞ for ß, and alone it doesn't.
    static func same(as point: UInt32, _ folding: JavaPatternFolding, inRow: Bool = false) -> CodePointSet {
        switch folding {
        case .none: return CodePointSet([point...point])
        case .ascii: return CodePointSet(isLetter(point) ? [point, point ^ 0x20] : [point])
        case .unicode:
            let upper = upper(point)
            let folded = lower(upper)
            guard upper != folded || inRow else { return CodePointSet([point...point]) }
            return CodePointSet((byFolded[folded] ?? []) + [folded])
        }
    }

    /// The characters that are the same as one of a range.
    static func same(as range: CodePointSet.Range, _ folding: JavaPatternFolding) -> [CodePointSet.Range] {
        switch folding {
        case .none: return [range]
        case .ascii:
            let letters = (Array(UInt32(65)...90) + Array(97...122)).filter { range.contains($0) }
            return [range] + letters.map { ($0 ^ 0x20)...($0 ^ 0x20) }
        case .unicode:
            let same = letters.filter { range.contains($0.upper) || range.contains($0.folded) }
            return [range] + same.map { $0.point...$0.point }
        }
    }
}
