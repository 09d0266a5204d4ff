// Windows of time against the plain rule: start <= time < end.

import Columns
import TestSupport
import Testing

@Suite struct TimeWindowTests {
    private static let cuts = [
        WindowCut(size: 10, slide: 10), WindowCut(size: 10, slide: 10, start: 3), WindowCut(size: 10, slide: 5),
        WindowCut(size: 10, slide: 5, start: -4), WindowCut(size: 10, slide: 3), WindowCut(size: 7, slide: 4, start: 1),
        WindowCut(size: 1, slide: 1), WindowCut(size: 12, slide: 1),
    ]

    private static func times(_ values: [Int64?]) -> ColumnVector {
        ValueColumns.column(of: values.map { $0.map { .timestamp($0) } ?? .null }, type: .timestamp)
    }

    /// Where the windows begin that a time is in, oldest first.
    private static func starts(_ time: Int64, _ cut: WindowCut) -> [Int64] {
        ((time - cut.size + 1)...time).filter { ($0 - cut.start) % cut.slide == 0 }
    }

    @Test("each time is in the windows around it, before 1970 as well, and NULL in none", arguments: cuts)
    func assigns(_ cut: WindowCut) {
        let values: [Int64?] = (-30...30).map { $0 } + [nil]
        let (rows, starts) = TimeWindowKernel.assign(Self.times(values), 0..<values.count, cut)
        var found: [Int: [Int64]] = [:]
        for index in 0..<rows.count {
            guard case .timestamp(let start) = starts.value(at: index) else { continue }
            found[Int(rows.pointer[index]), default: []].append(start)
        }
        for (row, time) in values.enumerated() {
            #expect(found[row] ?? [] == time.map { Self.starts($0, cut) } ?? [], "\(time ?? 0)")
        }
        _ = starts.checked()
    }

    @Test("times of one pane are in the same windows, and a pane's start is one of its times", arguments: cuts)
    func panes(_ cut: WindowCut) {
        let values = (-30...30).map { Int64($0) }
        let panes = TimeWindowKernel.paneStarts(Self.times(values + [nil]), cut).checked()
        #expect(panes.last == .null)
        for (time, pane) in zip(values, panes) {
            guard case .timestamp(let start) = pane else { continue }
            #expect(start <= time)
            #expect(Self.starts(start, cut) == Self.starts(time, cut), "\(time) in the pane of \(start)")
            #expect(cut.paneStart(start) == start)
        }
    }

    @Test("a time is in the slide that division finds, whatever time and slide are")
    func dividesExactly() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed)
        for _ in 0..<2000 {
            let slide = max(1, Int64(random.next() >> (1 + random.next() % 62)))
            let cut = WindowCut(size: slide, slide: slide, start: Int64(random.next() % 2001) - 1000)
            let far = Int64(bitPattern: random.next()) >> Int64(random.next() % 62)
            let border = (far / slide) &* slide &+ cut.start
            for time in [far, border, border &- 1, border &+ 1, .min, .max] {
                let distance = time &- cut.start
                let rest = distance % slide
                let expected = time &- (rest < 0 ? rest + slide : rest)
                #expect(cut.lastStart(time) == expected, "seed \(seed): \(time) in slides of \(slide)")
            }
        }
    }

    @Test("the least, the greatest and the sum of numbers")
    func extents() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed)
        for round in 0..<200 {
            let numbers = (0...Int(random.next() % 40)).map { _ -> Int64 in
                let number = Int64(bitPattern: random.next()) >> Int64(round % 60)
                return random.next() % 30 == 0 ? (number < 0 ? .min : .max) : number
            }
            let found = ExtentKernel.extent(numbers, numbers.count)
            #expect(found.least == numbers.min() && found.greatest == numbers.max(), "seed \(seed)")
            #expect(found.sum == numbers.reduce(Int128(0)) { $0 + Int128($1) }, "seed \(seed)")
            #expect(ExtentKernel.least(numbers, numbers.count) == numbers.min(), "seed \(seed)")
        }
    }

    @Test("a window from its start, and its last time")
    func windows() {
        let windows = TimeWindowKernel.windows(startingAt: Self.times([0, nil, -5]), size: 10)
        #expect(
            windows.checked() == [
                .structure([.timestamp(0), .timestamp(10)]), .null, .structure([.timestamp(-5), .timestamp(5)]),
            ])
        #expect(TimeWindowKernel.lastTimes(windows).checked() == [.timestamp(9), .null, .timestamp(4)])
    }

    @Test("no time is so far away that it traps")
    func extremes() {
        for cut in Self.cuts {
            let times = Self.times([.min, .min + 1, .max - 1, .max])
            _ = TimeWindowKernel.assign(times, 0..<times.count, cut)
            _ = TimeWindowKernel.windows(startingAt: TimeWindowKernel.paneStarts(times, cut), size: cut.size).checked()
        }
    }
}
