// Spark's names for what has another name here.

import Columns

/// Spark's name for the columns of a frame.
public typealias StructType = Schema

/// Spark's name for one column of a schema.
public typealias StructField = Field

/// Spark's name for a session.
public typealias SparkSession = Session
