package emulator

import (
	"crypto/md5"
	"encoding/hex"
	"math"
	"strconv"
)

// offers writes the answer to a lookup: ProductInformation[], made by hand since it is the one hot path.
func (w *world) offers(b []byte, domain string, e *extension, k kind, currency string, old bool) []byte {
	b = append(b, '[')
	if old && k == transfer {
		k = locked // there was no action then: orderable alone said what is free
	}
	of := offered{e, currency, old, w.noisy}
	switch k {
	case noOffer:
	case transfer:
		b = offer{"transfer", "transfer-default", "", "ga", true, e.price, e.renew, 0, 0}.append(b, of)
	case locked:
		b = offer{action: "create", mode: "create-default", phase: "ga"}.append(b, of)
	case premium:
		price := w.premiumPrice(domain)
		tier := ""
		if w.hash("tier", domain)%2 == 0 {
			tier = "gold"
		}
		b = offer{"create", "create-premium", tier, "ga", true, price, e.renew, 0, 0}.append(b, of)
	case aftermarket:
		price := w.aftermarketPrice(domain)
		b = offer{"transfer", "transfer-aftermarket1", "", "ga", true, price, e.renew, 0, 0}.append(b, of)
	case early:
		b = offer{"create", "create-default", "", e.phase, true, e.price, e.renew, 0, w.cost(earlyFee)}.append(b, of)
	case lapsed:
		b = offer{"create", "restore-default", "", "ga", true, w.cost(restoration), e.renew, 0, 0}.append(b, of)
	case available:
		if e.transferFirst && !old {
			b = offer{"transfer", "transfer-default", "", "ga", true, e.price, e.renew, 0, 0}.append(b, of)
			b = append(b, ',')
		}
		b = offer{"create", "create-default", "", "ga", true, e.price, e.renew, e.discount, 0}.append(b, of)
		if e.phases > 1 {
			b = append(b, ',')
			b = offer{"create", "create-default", "", "landrush", true, e.price * 10, e.renew, 0, 5000}.append(b, of)
		}
	}
	return append(b, ']')
}

// What it costs to come early, on top of the price, and to restore what has lapsed. Cents.
const (
	earlyFee    = 20000
	restoration = 6000
)

// offered is what all offers of one answer have in common.
type offered struct {
	extension  *extension
	currency   string
	old, noisy bool
}

// offer is one ProductInformation; amounts are cents.
type offer struct {
	action, mode, tier, phase   string
	orderable                   bool
	price, renew, discount, fee int64
}

func (o offer) append(b []byte, of offered) []byte {
	total := o.price - o.discount + o.fee
	if of.old {
		id := md5.Sum([]byte(of.extension.name + o.mode)) // 32 hexadecimal digits, as they were
		b = append(b, `{"deliveryTime":"","offerId":"`...)
		b = hex.AppendEncode(b, id[:])
		b = append(b, `","orderable":`...)
		b = strconv.AppendBool(b, o.orderable)
		b = append(b, `,"productId":"domain","duration":["P1Y"],"configurations":[],"phase":"`...)
		if o.phase == "ga" {
			b = append(b, `normal`...)
		} else {
			b = append(b, o.phase...)
		}
		b = append(b, `","quantityMax":1,`...)
		if o.mode != "create-default" {
			b = append(b, `"pricingMode":"`+oldMode(o.mode)+`",`...)
		}
		b = append(b, `"prices":[`...)
		for i, p := range []amount{{"PRICE", o.price}, {"DISCOUNT", -o.discount}, {"FEE", o.fee}, {"RENEW", o.renew}, {"TOTAL", total}} {
			if i > 0 {
				b = append(b, ',')
			}
			b = p.appendOld(b, of.currency)
		}
		return append(b, `]}`...)
	}
	b = append(b, `{"action":"`...)
	b = append(b, o.action...)
	b = append(b, `","configurations":[],"currentNameservers":`...)
	if o.action == "transfer" {
		b = append(b, `["ns1.example.net","ns2.example.net"]`...)
	} else {
		b = append(b, `null`...)
	}
	b = append(b, `,"deliveryTime":"","duration":["P1Y","P2Y","P3Y","P4Y","P5Y","P6Y","P7Y","P8Y","P9Y","P10Y"],"isTransferLocked":`...)
	if o.action == "transfer" {
		b = append(b, `false`...)
	} else {
		b = append(b, `null`...)
	}
	b = append(b, `,"offer":`...)
	if o.tier == "" {
		b = append(b, `null`...)
	} else {
		b = append(b, `"`+o.tier+`"`...)
	}
	b = append(b, `,"offerId":"`...)
	b = append(b, of.extension.name...)
	b = append(b, '-')
	b = append(b, o.action...)
	b = append(b, `","orderable":`...)
	b = strconv.AppendBool(b, o.orderable)
	b = append(b, `,"phase":"`...)
	b = append(b, o.phase...)
	b = append(b, `","prices":`...)
	if !o.orderable {
		b = append(b, `null`...)
	} else {
		b = append(b, '[')
		for i, p := range [...]amount{{"PRICE", o.price}, {"RENEW", o.renew}, {"DISCOUNT", o.discount}, {"FEE", o.fee}, {"TOTAL", total}} {
			if i > 0 {
				b = append(b, ',')
			}
			b = p.append(b, of, p.label == "DISCOUNT" && o.discount > 0)
		}
		b = append(b, ']')
	}
	b = append(b, `,"pricingMode":"`...)
	b = append(b, o.mode...)
	b = append(b, `","productId":"domain","quantityMax":1,"recommendedDuration":`...)
	b = append(b, of.extension.recommended...)
	return append(b, '}')
}

// amount is one Price, in cents.
type amount struct {
	label string
	cents int64
}

func (a amount) append(b []byte, of offered, promoted bool) []byte {
	currency := of.currency
	b = append(b, `{"label":"`...)
	b = append(b, a.label...)
	b = append(b, `","price":{"currencyCode":"`...)
	b = append(b, currency...)
	b = append(b, `","priceInUcents":`...)
	if of.noisy && a.cents != 0 {
		b = append(b, `null,"text":"`...)
		b = appendNoisy(b, a.cents)
		b = append(b, ` `+currency+`","value":`...)
		b = appendNoisy(b, a.cents)
	} else {
		b = strconv.AppendInt(b, a.cents*ucents, 10)
		b = append(b, `,"text":"`...)
		b = appendCents(b, a.cents, true)
		b = append(b, ` `+currency+`","value":`...)
		b = appendCents(b, a.cents, false)
	}
	b = append(b, `},"promotions":`...)
	if promoted {
		b = append(b, `[{"bundleWithPlanCodes":[],"condition":null,"endDate":null,"name":"welcome","price":{"currencyCode":"`...)
		b = append(b, currency...)
		b = append(b, `","priceInUcents":null,"text":"`...)
		b = appendCents(b, a.cents, true)
		b = append(b, ` `+currency+`","value":`...)
		b = appendCents(b, a.cents, false)
		b = append(b, `},"startDate":"2026-01-01T00:00:00+01:00","tags":null,"type":"fixed_amount"}]`...)
	} else {
		b = append(b, `null`...)
	}
	return append(b, '}')
}

func (a amount) appendOld(b []byte, currency string) []byte {
	b = append(b, `{"price":{"currencyCode":"`...)
	b = append(b, currency...)
	b = append(b, `","text":"`...)
	b = appendCents(b, a.cents, true)
	b = append(b, ` `+currency+`","value":`...)
	b = appendCents(b, a.cents, false)
	b = append(b, `},"label":"`...)
	b = append(b, a.label...)
	return append(b, `"}`...)
}

// appendNoisy writes 1998 as 19.980000000000004: what is left of an amount that doubles were added up to.
func appendNoisy(b []byte, cents int64) []byte {
	return strconv.AppendFloat(b, math.Nextafter(float64(cents)/100, math.Inf(int(cents%2*2-1))), 'f', -1, 64)
}

// appendCents writes 599 as 5.99, and 200 as 2.00 or, as JSON numbers are sent, as 2.
func appendCents(b []byte, cents int64, padded bool) []byte {
	if cents < 0 {
		b, cents = append(b, '-'), -cents
	}
	b = strconv.AppendInt(b, cents/100, 10)
	rest := cents % 100
	if rest == 0 && !padded {
		return b
	}
	b = append(b, '.', byte('0'+rest/10))
	if rest%10 == 0 && !padded {
		return b
	}
	return append(b, byte('0'+rest%10))
}
