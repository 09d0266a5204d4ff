// Two variants that are measured in turns, so that what else the machine does hits both.

/// Times of two variants in turns, in seconds of the thread's processor time: our own and a reference.
package struct Turns {
    /// What our own took, a number a round.
    package private(set) var own: [Double] = []
    /// What the reference took, a number a round.
    package private(set) var reference: [Double] = []

    package init() {}

    /// Measures both. Who goes first changes from round to round, so that neither always finds a warm cache.
    package mutating func measure<Failure>(
        _ own: () throws(Failure) -> Void, _ reference: () -> Void
    ) throws(Failure) {
        let isOwnFirst = self.own.count % 2 == 0
        for isOwn in [isOwnFirst, !isOwnFirst] {
            let start = threadSeconds()
            if isOwn { try own() } else { reference() }
            let seconds = threadSeconds() - start
            if isOwn { self.own.append(seconds) } else { self.reference.append(seconds) }
        }
    }

    /// How many times as long as the reference our own takes, the median of the pairs.
    package var timeRatio: Double { median(zip(own, reference).map { $0 / $1 }) }

    /// How many times as fast as the reference our own is, the median of the pairs.
    package var speed: Double { median(zip(reference, own).map { $0 / $1 }) }
}

/// The middle one of numbers; of an even count the greater one of both.
package func median(_ numbers: [Double]) -> Double { numbers.sorted()[numbers.count / 2] }

/// Millions of rows a second, by the median of times.
package func millionRows(_ rows: Int, in times: [Double]) -> String { fixed(Double(rows) / median(times) / 1e6, 1) }
