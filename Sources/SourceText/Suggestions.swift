// "Did you mean": the known names nearest to one that is not known.

/// Guesses at what somebody meant who mistyped a name.
package enum Suggestions {
    /// Up to `limit` names with the fewest edits from `written`, nearest first, at most half its letters away.
    package static func nearest(to written: String, among names: [String], limit: Int = 3) -> [String] {
        let target = Array(written.lowercased().utf8.prefix(128))
        let ranked = names.enumerated().map { index, name in
            (distance: distance(target, Array(name.lowercased().utf8.prefix(128))), index: index, name: name)
        }
        return ranked.filter { $0.distance <= max(1, target.count / 2) }
            .sorted { ($0.distance, $0.index) < ($1.distance, $1.index) }
            .prefix(limit).map(\.name)
    }

    /// "did you mean x?" for the nearest name, or `nil` where none is near.
    package static func hint(for written: String, among names: [String]) -> String? {
        nearest(to: written, among: names, limit: 1).first.map { "did you mean `\($0)`?" }
    }

    /// Insertions, deletions, substitutions and exchanges of neighbours between two texts.
    static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for i in 0..<a.count {
            var row = [i + 1]
            for j in 0..<b.count {
                var best = min(last[j] + (a[i] == b[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, beforeLast[j - 1] + 1) }
                row.append(best)
            }
            beforeLast = last
            last = row
        }
        return last[b.count]
    }
}
