// "Did you mean": the known names nearest to one that nobody knows.

/// Names that are nearly right.
package enum Spelling {
    /// Up to `limit` of the names that a slip of the keyboard turns into `written`, whatever their case: nearest first,
    /// then those with the same first letter, then in the order given.
    package static func nearest(to written: String, among names: [String], limit: Int) -> [String] {
        let target = Array(written.lowercased().utf8)
        guard !target.isEmpty, target.count <= longest else { return [] }
        // Where every letter would change, nothing is left of what was meant; one letter is the exception.
        let mostEdits = max(1, min(max(2, target.count / 3), target.count - 1))
        typealias Ranked = (edits: Int, isElsewhere: Int, index: Int, name: String)
        let ranked = names.enumerated().compactMap { index, name -> Ranked? in
            let candidate = Array(name.lowercased().utf8)
            guard abs(candidate.count - target.count) <= mostEdits else { return nil }
            let edits = edits(target, candidate)
            let isElsewhere = candidate.first == target.first ? 0 : 1
            return edits <= mostEdits ? (edits, isElsewhere, index, name) : nil
        }
        return ranked.sorted { ($0.edits, $0.isElsewhere, $0.index) < ($1.edits, $1.isElsewhere, $1.index) }
            .prefix(limit).map(\.name)
    }

    /// The nearest name, or `nil` where none is near.
    package static func nearest(to written: String, among names: [String]) -> String? {
        nearest(to: written, among: names, limit: 1).first
    }

    /// Nobody mistypes longer names by a letter or two; they come from other programs.
    private static let longest = 256

    /// How many insertions, deletions, replacements and exchanges of neighbours turn one text into the other.
    private static func edits(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var row = [i + 1]
            for (j, b) in right.enumerated() {
                var best = min(last[j] + (a == b ? 0 : 1), last[j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, a == right[j - 1], left[i - 1] == b { best = min(best, beforeLast[j - 1] + 1) }
                row.append(best)
            }
            beforeLast = last
            last = row
        }
        return last[right.count]
    }
}
