package evaluation

// parseInstant gives milliseconds since 1970-01-01T00:00:00Z of an RFC 3339 date-time with its zone; false where it does not parse.
// Fractions count to the millisecond, further digits are cut. Second 60 and dates that do not exist do not parse.
// The standard library's parser takes other separators and rounds otherwise, so this one is our own.
func parseInstant(text string) (float64, bool) {
	if len(text) < len("2006-01-02T15:04:05Z") || !shaped(text, "0000-00-00T00:00:00") {
		return 0, false
	}
	year, month, day := digits(text, 0, 4), digits(text, 5, 2), digits(text, 8, 2)
	hour, minute, second := digits(text, 11, 2), digits(text, 14, 2), digits(text, 17, 2)
	rest, ms, ok := fraction(text[19:])
	if !ok {
		return 0, false
	}
	zone, ok := zoneMinutes(rest)
	if !ok || month < 1 || month > 12 || day < 1 || day > daysOfMonth(year, month) || hour > 23 || minute > 59 || second > 59 {
		return 0, false
	}
	minutes := (daysSince1970(year, month, day)*24+hour)*60 + minute - zone
	return float64((minutes*60+second)*1000 + ms), true
}

// shaped compares with a form in which 0 stands for any digit and T for either case.
func shaped(text, form string) bool {
	for at := range len(form) {
		c := text[at]
		switch form[at] {
		case '0':
			if c < '0' || c > '9' {
				return false
			}
		case 'T':
			if c != 'T' && c != 't' {
				return false
			}
		default:
			if c != form[at] {
				return false
			}
		}
	}
	return true
}

func digits(text string, at, count int) int {
	number := 0
	for ; count > 0; at, count = at+1, count-1 {
		number = number*10 + int(text[at]-'0')
	}
	return number
}

func fraction(text string) (rest string, ms int, ok bool) {
	if text == "" || text[0] != '.' {
		return text, 0, true
	}
	at, scale := 1, 100
	for ; at < len(text) && text[at] >= '0' && text[at] <= '9'; at++ {
		ms += int(text[at]-'0') * scale
		scale /= 10
	}
	return text[at:], ms, at > 1
}

func zoneMinutes(text string) (int, bool) {
	if text == "Z" || text == "z" {
		return 0, true
	}
	if len(text) != len("+00:00") || (text[0] != '+' && text[0] != '-') || !shaped(text[1:], "00:00") {
		return 0, false
	}
	hour, minute := digits(text, 1, 2), digits(text, 4, 2)
	if hour > 23 || minute > 59 {
		return 0, false
	}
	if text[0] == '-' {
		return -(hour*60 + minute), true
	}
	return hour*60 + minute, true
}

func daysOfMonth(year, month int) int {
	switch month {
	case 2:
		if (year%4 == 0 && year%100 != 0) || year%400 == 0 {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	default:
		return 31
	}
}

// daysSince1970 counts days of the proleptic Gregorian calendar.
// Source: Howard Hinnant, "chrono-compatible low-level date algorithms", days_from_civil. Years are 0–9999.
func daysSince1970(year, month, day int) int {
	if month <= 2 {
		year--
	}
	era := year / 400
	if year < 0 {
		era = -1
	}
	yearOfEra := year - era*400
	shifted := month - 3
	if month <= 2 {
		shifted = month + 9
	}
	dayOfYear := (153*shifted+2)/5 + day - 1
	dayOfEra := yearOfEra*365 + yearOfEra/4 - yearOfEra/100 + dayOfYear
	return era*146_097 + dayOfEra - 719_468
}
