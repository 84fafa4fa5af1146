package scanner

import (
	"time"
)

// Status is what is known of a domain, as the reports print it.
type Status string

// The statuses. Failed is not a verdict: it says that there is none.
const (
	Available   Status = "available"   // can be registered now at the standard price
	Premium     Status = "premium"     // can be registered now at the registry's premium price
	Aftermarket Status = "aftermarket" // its holder sells it at a price of their own
	Restricted  Status = "restricted"  // can be ordered, but not as a plain registration: not by everybody, or not at the usual price
	Taken       Status = "taken"       // cannot be registered
	Unsupported Status = "unsupported" // OVHcloud does not sell the extension, or refuses the check for good
	Invalid     Status = "invalid"     // cannot exist under the extension; was not asked
	Failed      Status = "error"       // there was no answer
)

// Statuses lists every status in the order in which summaries print them.
var Statuses = [...]Status{Available, Premium, Aftermarket, Restricted, Taken, Unsupported, Invalid, Failed}

// Reason says which kind of a status it is. The set is closed, so that a program may switch on it.
type Reason string

// The reasons, by the status that they come with. Available, Premium and Aftermarket have none where there is a price.
const (
	NoPrice Reason = "no_price" // available, premium, aftermarket: it can be ordered, but OVHcloud does not say for how much

	Sunrise     Reason = "sunrise"      // restricted: for holders of trade marks
	EarlyAccess Reason = "early_access" // restricted: for whoever pays more to be early
	Restore     Reason = "restore"      // restricted: it was given up, and whoever had it can have it back
	OtherPhase  Reason = "phase"        // restricted: another phase before, or beside, the general one; Answer.Phase has its name

	Delegated    Reason = "delegated"     // taken: DNS delegates it
	NoOffer      Reason = "no_offer"      // taken: OVHcloud offers nothing for it
	TransferOnly Reason = "transfer_only" // taken: only its holder can move it
	NotOrderable Reason = "not_orderable" // taken: offered, but not to be ordered now

	NotSold     Reason = "not_sold"     // unsupported: the extension is not in OVHcloud's list
	CheckFailed Reason = "check_failed" // unsupported: OVHcloud refuses to check it

	BadName   Reason = "bad_name"  // invalid: a character or a form that no registry takes
	TooLong   Reason = "too_long"  // invalid: more than 63 bytes in a label
	Subdomain Reason = "subdomain" // invalid: more than one label before the extension

	RateLimited Reason = "rate_limited" // error: 429, to the end
	Timeout     Reason = "timeout"      // error: no answer in time, from OVHcloud or from the registry behind it
	Network     Reason = "network"      // error: no connection, or one that broke
	Server      Reason = "server"       // error: OVHcloud answered with a fault of its own
	Denied      Reason = "denied"       // error: OVHcloud refused the request
	Decode      Reason = "decode"       // error: the answer was not what the contract says
)

// Source is who answered.
type Source string

// The sources. Local answers cost neither a request nor a packet.
const (
	API       Source = "api"
	DNS       Source = "dns"
	History   Source = "history"
	Catalogue Source = "catalogue"
	Local     Source = "local"
)

// Query is one name under one extension.
type Query struct {
	Name      Name
	Extension string // A-labels, no leading dot: "fr", "co.uk", "xn--p1ai"
}

// Domain is the full domain name in A-labels, or, where the name is invalid, what was typed and the extension.
func (q Query) Domain() string { return q.Name.ASCII + "." + q.Extension }

// Answer is what one source said of a query. Amounts are decimal text without VAT ("5.99"), empty where unknown.
type Answer struct {
	Status Status
	Reason Reason

	Currency string // ISO 4217, empty without amounts
	Price    string // what the first period costs in all
	Renewal  string // what each later period costs
	Regular  string // the price before the discount
	Discount string // how much is off, as a positive number
	Fee      string // what the registry adds once

	Duration    string    // of the first period, ISO 8601: "P1Y"
	Durations   Durations // for which it can be ordered; nil where that was not asked now
	PricingMode string    // OVHcloud's own word: "create-default"
	Phase       string    // OVHcloud's own word: "ga"
	OfferID     string    // OVHcloud's own word: "fr-create"

	Attempts  int           // requests spent on the answer
	Latency   time.Duration // of the last request; 0 where none was made
	CheckedAt time.Time     // when the source said so
	Retryable bool          // Failed in a way that may pass: worth a second pass
	Err       error         // in words, why there is no answer; nil unless Status is Failed, Invalid or Unsupported
	Source    Source        // who said so, where that is not the stage that answers
	Replayed  bool          // it was answered before this run was interrupted
}

// Result is a query and its answer, whose Source is always given.
type Result struct {
	Query
	Answer

	number int64 // of the query among those of its scan, from 0
}
