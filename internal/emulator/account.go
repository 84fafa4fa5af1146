package emulator

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

// account is OVHcloud's name for the one that all credentials belong to.
const account = "ab12345-ovh"

// accountMoney is the account of money that it has.
const accountMoney = "FR"

// account serves /me: who the account is, and what it pays with.
func (s *Server) account() {
	s.route("GET /me", needed, func(a *answer, _ *http.Request) {
		a.json(map[string]any{
			"nichandle": account, "firstname": "Ada", "name": "Example", "email": "ada@example.com", "spareEmail": nil,
			"address": "2 rue Kellermann", "zip": "59100", "city": "Roubaix", "area": nil, "country": "FR", "complementaryAddress": nil,
			"phone": "+33.100000000", "phoneCountry": "FR", "phoneType": "mobile", "fax": nil, "sex": nil, "birthDay": nil, "birthCity": nil,
			"language": "fr_FR", "ovhCompany": "ovh", "ovhSubsidiary": "FR", "legalform": "individual", "state": "complete",
			"organisation": nil, "corporationType": nil, "companyNationalIdentificationNumber": nil, "nationalIdentificationNumber": nil,
			"vat": nil, "italianSDI": nil, "purposeOfPurchase": nil, "kycValidated": true, "customerCode": "1234-5678-90",
			"currency": map[string]string{"code": "EUR", "symbol": "€"},
		})
	})
	opened := wireTime(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	s.route("GET /me/fidelityAccount", needed, func(a *answer, _ *http.Request) {
		a.json(map[string]any{"alertThreshold": nil, "balance": 100000, "canBeCredited": true, "lastUpdate": opened, "openDate": opened})
	})
	s.route("GET /me/ovhAccount", needed, func(a *answer, _ *http.Request) { a.json([]string{accountMoney}) })
	s.route("GET /me/ovhAccount/{account}", needed, func(a *answer, r *http.Request) {
		if r.PathValue("account") != accountMoney {
			a.unknown()
			return
		}
		a.json(map[string]any{
			"ovhAccountId": accountMoney, "alertThreshold": nil, "canBeCredited": true, "isActive": true, "lastUpdate": opened, "openDate": opened,
			"balance": map[string]any{"currencyCode": "EUR", "priceInUcents": nil, "text": "1000.00 EUR", "value": 1000},
		})
	})
	s.route("GET /me/payment/method", needed, s.paymentMethods)
	s.route("GET /me/payment/method/{method}", needed, func(a *answer, r *http.Request) {
		if r.PathValue("method") != strconv.Itoa(paymentMethod) || s.methodStatus() == "none" {
			a.unknown()
			return
		}
		a.json(s.paymentMethodWire())
	})
}

// methodStatuses are what may become of a means of payment.
var methodStatuses = []string{
	"CANCELED", "CANCELING", "CREATED", "CREATING", "ERROR", "EXPIRED", "FAILED", "MAINTENANCE", "PAUSED", "REJECTED", "REPLACED", "VALID", "VALIDATING",
}

// paymentMethods lists the means of payment that are asked for.
func (s *Server) paymentMethods(a *answer, r *http.Request) {
	query, ids := r.URL.Query(), []int64{}
	usual, err := strconv.ParseBool(query.Get("default"))
	switch {
	case query.Has("default") && err != nil:
		a.malformedParameter("default")
		return
	case query.Has("status") && !slices.Contains(methodStatuses, query.Get("status")):
		a.malformedParameter("status")
		return
	}
	wire := s.paymentMethodWire()
	if s.methodStatus() != "none" && (!query.Has("default") || usual) && (!query.Has("status") || query.Get("status") == wire["status"]) &&
		(!query.Has("paymentType") || query.Get("paymentType") == wire["paymentType"]) {
		ids = append(ids, paymentMethod)
	}
	a.json(ids)
}

// paymentMethodWire is the account's one means of payment, as /me/payment/method and as the list of an order show it.
func (s *Server) paymentMethodWire() map[string]any {
	made := wireTime(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	return map[string]any{
		"paymentMethodId": paymentMethod, "paymentType": "CREDIT_CARD", "paymentSubType": "VISA", "label": "XXXX XXXX XXXX 4242",
		"default": true, "status": s.methodStatus(), "description": nil, "billingContactId": nil, "creationDate": made, "lastUpdate": made,
		"expirationDate": wireTime(s.now().AddDate(2, 0, 0).Truncate(24 * time.Hour)), "formSessionId": nil, "merchantId": nil, "paymentMeanId": nil,
		"integration": nil, "oneclick": false, "icon": map[string]any{"name": "visa", "data": nil, "url": nil},
	}
}
