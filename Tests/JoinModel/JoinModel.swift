// A join of two streams that keeps every row, to hold the engine's against.

import TestSupport

/// A join of two streams done naively: all rows are kept, and each batch looks at all pairs.
struct JoinModel {
    enum Kind: String, CaseIterable {
        case inner = "INNER"
        case left = "LEFT"
        case right = "RIGHT"
        case full = "FULL"
        case semi = "LEFT SEMI"
        case anti = "LEFT ANTI"

        /// Whether only left rows come out.
        var isOfLeft: Bool { self == .semi || self == .anti }
    }

    /// What a condition says of the times of a pair.
    enum Times: CaseIterable {
        case between, strictly, equal
    }

    /// A row; times are in seconds.
    struct Row {
        let id: Int?
        let time: Int?
        let value: Int
        let number: Int
        var hadPartner = false
        var isOver = false
    }

    let kind: Kind
    let times: Times
    /// Right rows are at most so much older and younger than left ones.
    let older: Int
    let younger: Int
    let delays: [Int]
    /// Whether left rows must have a value above 1.
    let filtersLeft: Bool
    /// Whether the values of a pair must differ.
    let comparesValues: Bool

    private var sides: [[Row]] = [[], []]
    private var newest: [Int?] = [nil, nil]
    private var watermark = 0

    init(_ dice: inout SeededRandom) {
        kind = Kind.allCases[dice.below(Kind.allCases.count)]
        times = Times.allCases[dice.below(Times.allCases.count)]
        older = dice.below(6)
        younger = dice.below(12)
        delays = [dice.below(8), dice.below(8)]
        filtersLeft = dice.below(3) == 0
        comparesValues = dice.below(3) == 0
    }

    var sql: String {
        func side(_ name: String, _ delay: Int) -> String {
            "(SELECT * FROM STREAM \(name) WATERMARK time DELAY OF INTERVAL \(delay) SECONDS)"
        }
        var conditions: [String] = []
        switch times {
        case .between:
            conditions = [
                "l.id = r.id",
                "r.time BETWEEN l.time - INTERVAL \(older) SECONDS AND l.time + INTERVAL \(younger) SECONDS",
            ]
        case .strictly:
            conditions = [
                "l.id = r.id", "r.time > l.time - INTERVAL \(older) SECONDS",
                "l.time > r.time - INTERVAL \(younger) SECONDS",
            ]
        case .equal: conditions = ["l.time = r.time"]
        }
        if filtersLeft { conditions.append("l.value > 1") }
        if comparesValues { conditions.append("l.value <> r.value") }
        let columns = kind.isOfLeft ? "l.number" : "l.number, r.number AS other"
        return "SELECT \(columns) FROM \(side("ls", delays[0])) l \(kind.rawValue) JOIN "
            + "\(side("rs", delays[1])) r ON \(conditions.joined(separator: " AND "))"
    }

    private func keepsAlone(_ side: Int) -> Bool {
        kind == .full || ((kind == .left || kind == .anti) && side == 0) || (kind == .right && side == 1)
    }

    private func match(_ left: Row, _ right: Row) -> Bool {
        guard let a = left.time, let b = right.time else { return false }
        let isNear: Bool
        switch times {
        case .between: isNear = b >= a - older && b <= a + younger
        case .strictly: isNear = b > a - older && a > b - younger
        case .equal: isNear = a == b
        }
        let haveKey = times == .equal || (left.id != nil && left.id == right.id)
        return isNear && haveKey && (!filtersLeft || left.value > 1) && (!comparesValues || left.value != right.value)
    }

    /// Whether a row can find no partner any more, in milliseconds as Spark counts.
    private func isOver(_ time: Int, _ side: Int) -> Bool {
        let slack = times == .between ? 1 : 0
        let back = times == .equal ? 0 : side == 0 ? younger : older
        return time * 1000 <= (watermark - back) * 1000 - slack
    }

    /// The numbers of the rows that a batch gives, and of the batch without rows that follows.
    mutating func take(_ arrived: [[Row]]) -> [[Int?]] {
        var result: [[Int?]] = []
        let late = watermark
        var new: [[Row]] = [[], []]
        for side in 0...1 {
            for row in arrived[side] {
                let isKeyless = times != .equal && row.id == nil
                let isExcluded = side == 0 && filtersLeft && row.value <= 1
                // What no partner suits is dropped below the watermark, where it doesn't come out alone.
                if !keepsAlone(side), isKeyless || isExcluded { continue }
                if let time = row.time { newest[side] = max(newest[side] ?? time, time) }
                if let time = row.time, time <= late { continue }
                if isExcluded {
                    result.append(padded(row, side))
                } else {
                    new[side].append(row)
                }
            }
        }
        let known = sides.map(\.count)
        for side in 0...1 { sides[side] += new[side] }
        for left in sides[0].indices {
            for right in sides[1].indices where left >= known[0] || right >= known[1] {
                guard match(sides[0][left], sides[1][right]) else { continue }
                if !kind.isOfLeft { result.append([sides[0][left].number, sides[1][right].number]) }
                if kind == .semi, !sides[0][left].hadPartner { result.append([sides[0][left].number]) }
                sides[0][left].hadPartner = true
                sides[1][right].hadPartner = true
            }
        }
        watermark = max(watermark, (0...1).map { max((newest[$0] ?? 0) - delays[$0], 0) }.min() ?? 0)
        for side in 0...1 {
            for index in sides[side].indices where !sides[side][index].isOver {
                guard let time = sides[side][index].time, isOver(time, side) else { continue }
                sides[side][index].isOver = true
                if keepsAlone(side), !sides[side][index].hadPartner { result.append(padded(sides[side][index], side)) }
            }
        }
        return result
    }

    private func padded(_ row: Row, _ side: Int) -> [Int?] {
        kind.isOfLeft ? [row.number] : side == 0 ? [row.number, nil] : [nil, row.number]
    }
}
