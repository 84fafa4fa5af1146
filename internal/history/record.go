package history

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"tldsweep/scanner"
)

// exportFormat is the version of the lines of an export. A line that an older program would not understand makes a new one.
const exportFormat = 1

// The kinds of lines. The first one is a header, then come the runs, then the answers, both in the order of their numbers, and at the
// end how many there were.
const (
	headerKind = "tldsweep-history"
	runKind    = "run"
	answerKind = "answer"
	endKind    = "end"
)

type headerRecord struct {
	Kind   string `json:"kind"`
	Format int    `json:"format"`
}

type endRecord struct {
	Kind    string `json:"kind"`
	Runs    int64  `json:"runs"`
	Answers int64  `json:"answers"`
}

// runRecord is a run. Times are RFC 3339 in UTC, in all records.
type runRecord struct {
	Kind       string `json:"kind"`
	ID         int64  `json:"run"`
	Endpoint   string `json:"endpoint"`
	Subsidiary string `json:"subsidiary"`
	Question   string `json:"question"`
	Extensions string `json:"extensions"`
	State      string `json:"state"`
	Started    string `json:"started"`
	Active     string `json:"active"`
	Finished   string `json:"finished,omitempty"`
}

// answerRecord is an answer with the runs that have it as a row.
type answerRecord struct {
	Kind        string           `json:"kind"`
	Domain      string           `json:"domain"`
	Endpoint    string           `json:"endpoint"`
	Subsidiary  string           `json:"subsidiary"`
	Status      scanner.Status   `json:"status"`
	Reason      scanner.Reason   `json:"reason"`
	Currency    string           `json:"currency"`
	Price       string           `json:"price"`
	Renewal     string           `json:"renewal"`
	Regular     string           `json:"regular"`
	Discount    string           `json:"discount"`
	Fee         string           `json:"fee"`
	Duration    string           `json:"duration"`
	PricingMode string           `json:"pricing_mode"`
	Phase       string           `json:"phase"`
	OfferID     string           `json:"offer_id"`
	Error       string           `json:"error"`
	FirstRun    int64            `json:"first_run"`
	LastRun     int64            `json:"last_run"`
	Since       string           `json:"since"`
	CheckedAt   string           `json:"checked_at"`
	Results     []resultOfRecord `json:"results"`
}

type resultOfRecord struct {
	Run       int64          `json:"run"`
	Source    scanner.Source `json:"source"`
	Attempts  int            `json:"attempts"`
	LatencyMS int64          `json:"latency_ms"`
	CheckedAt string         `json:"checked_at"`
}

func recordOf(domain string, a *scanner.Answer) answerRecord {
	return answerRecord{
		Kind: answerKind, Domain: domain, Status: a.Status, Reason: a.Reason, Currency: a.Currency, Price: a.Price, Renewal: a.Renewal,
		Regular: a.Regular, Discount: a.Discount, Fee: a.Fee, Duration: a.Duration, PricingMode: a.PricingMode, Phase: a.Phase,
		OfferID: a.OfferID, Error: failureOf(a), Results: []resultOfRecord{},
	}
}

// answer is what the record says was answered.
func (r *answerRecord) answer() *scanner.Answer {
	a := &scanner.Answer{
		Status: r.Status, Reason: r.Reason, Currency: r.Currency, Price: r.Price, Renewal: r.Renewal, Regular: r.Regular, Discount: r.Discount,
		Fee: r.Fee, Duration: r.Duration, PricingMode: r.PricingMode, Phase: r.Phase, OfferID: r.OfferID,
	}
	if r.Error != "" {
		a.Err = errors.New(r.Error)
	}
	return a
}

// reasons are what an answer of each status may give. An error or an invalid name is no answer.
var reasons = map[scanner.Status][]scanner.Reason{
	scanner.Available:   {"", scanner.NoPrice},
	scanner.Premium:     {"", scanner.NoPrice},
	scanner.Aftermarket: {"", scanner.NoPrice},
	scanner.Restricted:  {"", scanner.Sunrise, scanner.EarlyAccess, scanner.Restore, scanner.OtherPhase},
	scanner.Taken:       {"", scanner.Delegated, scanner.NoOffer, scanner.TransferOnly, scanner.NotOrderable},
	scanner.Unsupported: {"", scanner.NotSold, scanner.CheckFailed},
}

var (
	isCurrency   = regexp.MustCompile(`^([A-Z]{3})?$`)
	isSubsidiary = regexp.MustCompile(`^[A-Za-z0-9_-]{0,20}$`)
	isQuestion   = regexp.MustCompile(`^[0-9a-f]{32}$`)
)

// check says what is wrong with an answer; nil: nothing.
func (r *answerRecord) check() error {
	allowed, known := reasons[r.Status]
	entry := scanner.Split(r.Domain, func(string) bool { return true })
	switch {
	case entry.Name.Err != nil || entry.Extension == "" || scanner.Query(entry).Domain() != r.Domain:
		return fmt.Errorf("domain %q is not one as the history writes it", r.Domain)
	case !known:
		return fmt.Errorf("status %q is no answer", r.Status)
	case !slices.Contains(allowed, r.Reason):
		return fmt.Errorf("reason %q is none of the status %q", r.Reason, r.Status)
	case !isCurrency.MatchString(r.Currency):
		return fmt.Errorf("currency %q is none", r.Currency)
	case r.Error != "" && r.Status != scanner.Unsupported:
		return fmt.Errorf("the status %q has no error", r.Status)
	}
	for name, amount := range map[string]string{"price": r.Price, "renewal": r.Renewal, "regular": r.Regular, "discount": r.Discount, "fee": r.Fee} {
		if amount == "" {
			continue
		}
		if d, err := decimal.Parse(amount); err != nil || d.IsNeg() {
			return fmt.Errorf("%s %q is no amount", name, amount)
		}
	}
	for _, result := range r.Results {
		if !slices.Contains([]scanner.Source{scanner.API, scanner.DNS, scanner.History, scanner.Catalogue}, result.Source) {
			return fmt.Errorf("source %q gives no answers", result.Source)
		}
		if result.Attempts < 0 || result.LatencyMS < 0 {
			return fmt.Errorf("%d attempts in %d ms are none", result.Attempts, result.LatencyMS)
		}
		if _, err := seconds(result.CheckedAt); err != nil {
			return err
		}
	}
	return checkPlace(r.Endpoint, r.Subsidiary)
}

// check says what is wrong with a run; nil: nothing.
func (r *runRecord) check() error {
	switch {
	case r.ID < 1:
		return fmt.Errorf("run %d is no number of a run", r.ID)
	case !isQuestion.MatchString(r.Question):
		return fmt.Errorf("question %q is no digest", r.Question)
	case !slices.Contains([]string{"running", "finished", "abandoned"}, r.State):
		return fmt.Errorf("state %q is none of a run", r.State)
	case (r.Finished != "") != (r.State == "finished"):
		return fmt.Errorf("a run that is %s, and finished at %q", r.State, r.Finished)
	}
	return checkPlace(r.Endpoint, r.Subsidiary)
}

func checkPlace(endpoint, subsidiary string) error {
	if endpoint == "" || strings.ContainsFunc(endpoint, func(c rune) bool { return c <= ' ' || c == 0x7f }) {
		return fmt.Errorf("endpoint %q is none", endpoint)
	}
	if !isSubsidiary.MatchString(subsidiary) {
		return fmt.Errorf("subsidiary %q is none", subsidiary)
	}
	return nil
}

// timeText is a time of the database as a record has it.
func timeText(seconds int64) string { return time.Unix(seconds, 0).UTC().Format(time.RFC3339) }

// seconds are the times of records as the database has them.
func seconds(texts ...string) ([]int64, error) {
	all := make([]int64, len(texts))
	for i, text := range texts {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil || at.Unix() < 0 || at.Nanosecond() != 0 {
			return nil, fmt.Errorf("%q is no time: want one such as 2026-11-26T14:00:00Z", text)
		}
		all[i] = at.Unix()
	}
	return all, nil
}
