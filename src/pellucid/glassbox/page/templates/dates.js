// Dates as pellucid/tables/dates.py takes them: texts in ISO 8601, in UTC, to the microsecond.

const MICROSECONDS_OF_A_DAY = 86_400_000_000;
const DATE = /^(-?\d+)-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?)?$/;

/** Year and month, the days since 1970, and the microseconds since midnight. */
function moment(text) {
  const [, year, month, day, hours = "0", minutes = "0", seconds = "0", fraction = ""] = DATE.exec(text);
  const midnight = new Date(0);
  midnight.setUTCFullYear(Number(year), Number(month) - 1, Number(day)); // Date.UTC takes the year 26 for 1926
  return {
    year: Number(year),
    month: Number(month),
    days: midnight.getTime() / 86_400_000,
    microseconds: ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1e6 + Number(fraction.padEnd(6, "0")),
  };
}

const DATE_PARTS = {
  year: (date) => date.year,
  month: (date) => date.month,
  day_of_week: (date) => ((((date.days + 3) % 7) + 7) % 7) + 1, // 1970 began on a Thursday
  hour: (date) => date.microseconds / 3_600_000_000,
  elapsed_days: (date, first) =>
    ((date.days - first.days) * MICROSECONDS_OF_A_DAY + (date.microseconds - first.microseconds)) / MICROSECONDS_OF_A_DAY,
};

/** The parts of a date that the model uses; where it is missing, what stands for them. */
function dateParts(encoding, value) {
  if (value === null) return encoding.parts.map((part) => part.fill);
  const date = moment(value);
  const first = moment(encoding.first);
  return encoding.parts.map((part) => DATE_PARTS[part.part](date, first));
}
