package history

import (
	"database/sql"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"

	"tldsweep/scanner"
)

// answerColumns are the columns of answers that say what was answered, for which domain, and their checksum. answerFields are
// their fields in an Answer.
func (h *History) answerColumns(table string) string {
	const columns = "a.status, a.reason, a.currency, a.price, a.renewal, a.regular, a.discount, a.fee, a.duration, a.pricing_mode, a.phase, a.offer_id, a.error, a.domain, "
	checksum := "a.checksum"
	if h.version < 3 {
		checksum = "NULL" // read as it is, since it cannot be brought up to date
	}
	return strings.ReplaceAll(columns+checksum, "a.", table+".")
}

const insertAnswer = `INSERT INTO answers (place, domain, status, reason, currency, price, renewal, regular, discount, fee,
	duration, pricing_mode, phase, offer_id, error, first_run, last_run, first_seen, checked, checksum)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

// seen is by which runs an answer was seen first and confirmed last, and when, in seconds since 1970.
type seen struct{ firstRun, lastRun, since, checked int64 }

// insert adds an answer by insertAnswer, and returns its number.
func insert(statement *sql.Stmt, place int64, domain string, a *scanner.Answer, by seen) (id int64, err error) {
	inserted, err := statement.Exec(place, domain, a.Status, a.Reason, a.Currency, a.Price, a.Renewal, a.Regular, a.Discount, a.Fee, a.Duration,
		a.PricingMode, a.Phase, a.OfferID, failureOf(a), by.firstRun, by.lastRun, by.since, by.checked, checksum(domain, a))
	if err != nil {
		return 0, err
	}
	return inserted.LastInsertId()
}

// answerFields are read from answerColumns. A row that is not as it was written is an error.
func answerFields(domain *string, a *scanner.Answer) []any {
	row := &answerRow{domain: domain, answer: a}
	return []any{
		&a.Status, &a.Reason, &a.Currency, &a.Price, &a.Renewal, &a.Regular, &a.Discount, &a.Fee, &a.Duration, &a.PricingMode, &a.Phase, &a.OfferID,
		&row.failure, domain, row,
	}
}

// answerRow scans the checksum, which comes last, when all that it is of has been scanned.
type answerRow struct {
	domain  *string
	answer  *scanner.Answer
	failure string
}

var errDamagedRow = errors.New("the answer is not as it was written")

// Scan compares the checksum.
func (r *answerRow) Scan(value any) error {
	r.answer.Err = nil
	if r.failure != "" {
		r.answer.Err = errors.New(r.failure)
	}
	// An answer of a version that wrote none has no checksum.
	if sum, ok := value.(int64); ok && sum != checksum(*r.domain, r.answer) || value != nil && !ok {
		return fmt.Errorf("%w: %q", errDamagedRow, *r.domain)
	}
	if !slices.Contains(scanner.Statuses[:], r.answer.Status) {
		return fmt.Errorf("%w: %q has the status %q", errDamagedRow, *r.domain, r.answer.Status)
	}
	return nil
}

// checksum is of what an answer says of a domain: a CRC-32, as a number with a sign, which SQLite stores in four bytes. When it
// was seen and confirmed is not in it.
func checksum(domain string, a *scanner.Answer) int64 {
	text := make([]byte, 0, 256)
	for _, part := range [...]string{
		domain, string(a.Status), string(a.Reason), a.Currency, a.Price, a.Renewal, a.Regular, a.Discount, a.Fee, a.Duration,
		a.PricingMode, a.Phase, a.OfferID, failureOf(a),
	} {
		text = append(append(text, part...), 0)
	}
	return int64(int32(crc32.ChecksumIEEE(text)))
}

func failureOf(a *scanner.Answer) string {
	if a.Err == nil {
		return ""
	}
	return a.Err.Error()
}
