"""Who gets what at which address: the table the matrix test compares the running site with.

A line is an address by name, a method, and what each of the eight people is answered: a status, `login`, or → and
where it leads. One answer stands for all eight, two for nobody and whoever is signed in. An address without a POST line
takes no POST. `patient` has booked `doctor`; the others have nothing to do with it: it is 404 to them (A7).
"""

TABLE = """
# address                            method nobody patient other_patient doctor other_doctor reception manager administrator

doctors:directory                    GET  200
doctors:profile                      GET  200
doctors:times                        GET  200
doctors:signup                       GET  200    →/patient/ →/patient/ →/doctor/ →/doctor/ →/staff/desk/ →/staff/    →/staff/
doctors:signup                       POST 200    →/patient/ →/patient/ →/doctor/ →/doctor/ →/staff/desk/ →/staff/    →/staff/
doctors:availability                 GET  login  403    403    200    200    403    403    403
doctors:slot_new                     GET  login  403    403    200    200    403    403    403
doctors:slot_new                     POST login  403    403    200    200    403    403    403
doctors:day_new                      GET  login  403    403    200    200    403    403    403
doctors:day_new                      POST login  403    403    200    200    403    403    403
doctors:slot_edit                    GET  login  403    403    200    404    403    403    403
doctors:slot_edit                    POST login  403    403    200    404    403    403    403
doctors:slot_delete                  GET  login  403    403    200    404    403    403    403
doctors:slot_delete                  POST login  403    403    →/doctor/availability/ 404    403    403    403
doctors:weekly                       GET  login  403    403    200    200    403    403    403
doctors:weekly                       POST login  403    403    200    200    403    403    403
doctors:accepting                    GET  login  405
doctors:accepting                    POST login  403    403    400    400    403    403    403
doctors:edit_profile                 GET  login  403    403    200    200    403    403    403
doctors:edit_profile                 POST login  403    403    200    200    403    403    403

bookings:new                         GET  login  200    200    403    403    403    403    403
bookings:new                         POST login  200    →/bookings/<ref>/ 403    403    403    403    403
bookings:new_person                  GET  login  200    200    403    403    403    403    403
bookings:new_person                  POST login  200    200    403    403    403    403    403
bookings:detail                      GET  login  200    404    200    404    200    200    200
bookings:calendar_file               GET  login  200    404    200    404    200    200    200
bookings:cancel                      GET  login  200    404    200    404    200    403    200
bookings:cancel                      POST login  →/bookings/<ref>/ 404    200    404    200    403    200
bookings:confirm                     GET  login  403    403    200    404    200    403    200
bookings:confirm                     POST login  403    403    →/bookings/<ref>/ 404    →/bookings/<ref>/    403    →/bookings/<ref>/
bookings:check_in                    GET  login  403    403    200    404    200    403    200
bookings:check_in                    POST login  403    403    →/bookings/<ref>/ 404    →/bookings/<ref>/    403    →/bookings/<ref>/
bookings:complete                    GET  login  403    403    200    404    200    403    200
bookings:complete                    POST login  403    403    →/bookings/<ref>/ 404    →/bookings/<ref>/    403    →/bookings/<ref>/
bookings:no_show                     GET  login  403    403    200    404    200    403    200
bookings:no_show                     POST login  403    403    →/bookings/<ref>/ 404    →/bookings/<ref>/    403    →/bookings/<ref>/
bookings:undo                        GET  login  403    403    200    404    200    403    200
bookings:undo                        POST login  403    403    →/bookings/<ref>/ 404    →/bookings/<ref>/    403    →/bookings/<ref>/
bookings:review                      GET  login  →/bookings/<ref>/ 404    403    403    403    403    403
bookings:review                      POST login  →/bookings/<ref>/ 404    403    403    403    403    403
bookings:person_remove               GET  login  200    404    403    403    403    403    403
bookings:person_remove               POST login  →/patient/people/ 404    403    403    403    403    403
bookings:move                        GET  login  200    404    200    404    200    403    200
bookings:move                        POST login  →/bookings/<ref>/ 404    →/bookings/<ref>/ 404    →/bookings/<ref>/    403    →/bookings/<ref>/
bookings:offers                      GET  login  200    404    403    403    403    403    403
bookings:offers                      POST login  404    404    403    403    403    403    403
bookings:waiting                     GET  login  200    200    403    403    403    403    403
bookings:waiting_join                GET  login  200    200    403    403    403    403    403
bookings:waiting_join                POST login  200    200    403    403    403    403    403
bookings:waiting_leave               GET  login  200    404    403    403    403    403    403
bookings:waiting_leave               POST login  →/waiting/ 404    403    403    403    403    403
bookings:waiting_offer               GET  login  200    404    403    403    403    403    403
bookings:waiting_offer               POST login  200    404    403    403    403    403    403
bookings:waiting_decline             GET  login  200    404    403    403    403    403    403
bookings:waiting_decline             POST login  →/waiting/ 404    403    403    403    403    403
bookings:time_off                    GET  login  403    403    200    200    403    403    403
bookings:time_off_new                GET  login  403    403    200    200    403    403    403
bookings:time_off_new                POST login  403    403    200    200    403    403    403
bookings:time_off_remove             GET  login  403    403    200    404    403    403    403
bookings:time_off_remove             POST login  403    403    →/doctor/availability/time-off/ 404    403    403    403
bookings:resolve                     GET  login  405
bookings:resolve                     POST login  403    403    →/bookings/<ref>/ 404    →/bookings/<ref>/    →/bookings/<ref>/    →/bookings/<ref>/
bookings:patient_list                GET  login  200    200    403    403    403    403    403
bookings:doctor_list                 GET  login  403    403    200    200    403    403    403

bookings:desk                        GET  login  403    403    403    403    200    403    200
bookings:desk_board                  GET  login  403    403    403    403    200    403    200
bookings:desk_book                   GET  login  403    403    403    403    200    403    200
bookings:desk_book                   POST login  403    403    403    403    200    403    200
bookings:desk_booked                 GET  login  403    403    403    403    200    403    200

reports:reports                      GET  login  403    403    200    200    403    403    403
reports:report                       GET  login  403    403    200    404    403    403    403
reports:pdf                          GET  login  403    403    200    404    403    403    403

billing:desk                         GET  login  403    403    403    403    200 200    200
billing:desk_issue_selected          GET  login  405
billing:desk_issue_selected          POST login  403    403    403    403    →/staff/billing/ 403    →/staff/billing/
billing:desk_new                     GET  login  403    403    403    403    200 403    200
billing:desk_new                     POST login  403    403    403    403    404 403    404
billing:desk_cash_up                 GET  login  403    403    403    403    200 403    200
billing:desk_cash_up_csv             GET  login  403    403    403    403    200 403    200
billing:desk_invoice                 GET  login  403    403    403    403    200 200    200
billing:desk_edit                    GET  login  403    403    403    403    →/staff/billing/<uuid>/ 403    →/staff/billing/<uuid>/
billing:desk_edit                    POST login  403    403    403    403    →/staff/billing/<uuid>/ 403    →/staff/billing/<uuid>/
billing:desk_issue                   GET  login  403    403    403    403    →/staff/billing/<uuid>/ 403    →/staff/billing/<uuid>/
billing:desk_issue                   POST login  403    403    403    403    →/staff/billing/<uuid>/ 403    →/staff/billing/<uuid>/
billing:desk_drop                    GET  login  403    403    403    403    →/staff/billing/<uuid>/ 403    →/staff/billing/<uuid>/
billing:desk_drop                    POST login  403    403    403    403    →/staff/billing/<uuid>/ 403    →/staff/billing/<uuid>/
billing:desk_pay                     GET  login  403    403    403    403    200 403    200
billing:desk_pay                     POST login  403    403    403    403    200 403    200
billing:desk_mark_paid               GET  login  403    403    403    403    200 403    200
billing:desk_mark_paid               POST login  403    403    403    403    200 403    200
billing:desk_take_back               GET  login  403    403    403    403    200 403    200
billing:desk_take_back               POST login  403    403    403    403    200 403    200
billing:desk_take_back_refund        GET  login  403    403    403    403    200 403    200
billing:desk_take_back_refund        POST login  403    403    403    403    200 403    200
billing:desk_credit                  GET  login  403    403    403    403    200 403    200
billing:desk_credit                  POST login  403    403    403    403    200 403    200
billing:desk_refund                  GET  login  403    403    403    403    200 403    200
billing:desk_refund                  POST login  403    403    403    403    200 403    200
billing:desk_mail                    GET  login  405
billing:desk_mail                    POST login  403    403    403    403    →/staff/billing/<uuid>/ 403    →/staff/billing/<uuid>/

patients:signup                      GET  200    →/patient/ →/patient/ →/doctor/ →/doctor/ →/staff/desk/ →/staff/    →/staff/
patients:signup                      POST 200    →/patient/ →/patient/ →/doctor/ →/doctor/ →/staff/desk/ →/staff/    →/staff/
patients:edit_profile                GET  login  200    200    403    403    403    403    403
patients:edit_profile                POST login  200    200    403    403    403    403    403

patients:people                      GET  login  200    200    403    403    403    403    403
patients:person_new                  GET  login  200    200    403    403    403    403    403
patients:person_new                  POST login  200    200    403    403    403    403    403
patients:person_edit                 GET  login  200    404    403    403    403    403    403
patients:person_edit                 POST login  200    404    403    403    403    403    403

dashboards:home                      GET  200
dashboards:profile                   GET  login  →/patient/profile/ →/patient/profile/ →/doctor/profile/ →/doctor/profile/ →/accounts/me/    →/accounts/me/    →/accounts/me/
dashboards:patient                   GET  login  200    200    403    403    403    403    403
dashboards:doctor                    GET  login  403    403    200    200    403    403    403
dashboards:staff                     GET  login  403    403    403    403    403    200    200
dashboards:staff_doctors             GET  login  403    403    403    403    403    200    200
dashboards:staff_figure              GET  login  403    403    403    403    403    200    200

accounts:login                       GET  200    →/patient/ →/patient/ →/doctor/ →/doctor/ →/staff/desk/ →/staff/    →/staff/
accounts:login                       POST 200    →/patient/ →/patient/ →/doctor/ →/doctor/ →/staff/desk/ →/staff/    →/staff/
accounts:signup_choice               GET  200    →/patient/ →/patient/ →/doctor/ →/doctor/ →/staff/desk/ →/staff/    →/staff/
accounts:signup_sent                 GET  login  →/patient/ →/patient/ →/doctor/ →/doctor/ →/staff/desk/ →/staff/    →/staff/
accounts:signup_sent                 POST login  →/patient/ →/patient/ →/doctor/ →/doctor/ →/staff/desk/ →/staff/    →/staff/
accounts:me                          GET  login  403    403    403    403    200    200    200
accounts:me                          POST login  403    403    403    403    200    200    200
accounts:email                       GET  login  →/accounts/reauthenticate/
accounts:email                       POST login  →/accounts/reauthenticate/
accounts:proposed_email              GET  login  405
accounts:proposed_email              POST login  →/accounts/reauthenticate/
accounts:verify                      GET  login  →/patient/ →/patient/ 200    200    200    200    200
accounts:verify                      POST login  →/patient/ →/patient/ →/accounts/verify/ →/accounts/verify/ →/accounts/verify/    →/accounts/verify/    →/accounts/verify/
accounts/confirm-email/              GET  login  →/patient/ →/patient/ 200    200    200    200    200
accounts/confirm-email/              POST login  →/patient/ →/patient/ →/accounts/verify/ →/accounts/verify/ →/accounts/verify/    →/accounts/verify/    →/accounts/verify/

account_login                        GET  200    →/patient/ →/patient/ →/doctor/ →/doctor/ →/staff/desk/ →/staff/    →/staff/
account_login                        POST 200    →/patient/ →/patient/ →/doctor/ →/doctor/ →/staff/desk/ →/staff/    →/staff/
account_logout                       GET  →/     200
account_logout                       POST →/
account_inactive                     GET  200
account_signup                       GET  200    →/patient/ →/patient/ →/doctor/ →/doctor/ →/staff/desk/ →/staff/    →/staff/
account_reauthenticate               GET  login  200
account_reauthenticate               POST login  200
account_email                        GET  login  →/accounts/reauthenticate/
account_email                        POST login  →/accounts/reauthenticate/
account_email_verification_sent      GET  login  →/patient/ →/patient/ 200    200    200    200    200
account_email_verification_sent      POST login  →/patient/ →/patient/ →/accounts/verify/ →/accounts/verify/ →/accounts/verify/    →/accounts/verify/    →/accounts/verify/
account_change_password              GET  login  200
account_change_password              POST login  200
account_set_password                 GET  login  →/accounts/password/change/
account_set_password                 POST login  →/accounts/password/change/
account_reset_password               GET  200
account_reset_password               POST 200
account_confirm_login_code           GET  login  →/patient/ →/patient/ →/doctor/ →/doctor/ →/staff/desk/ →/staff/    →/staff/
account_confirm_login_code           POST login  →/patient/ →/patient/ →/doctor/ →/doctor/ →/staff/desk/ →/staff/    →/staff/
accounts:confirm_email               GET  200
accounts:confirm_email               POST 404
account_confirm_email                GET  200
account_confirm_email                POST 404
account_reset_password_from_key_done GET  200
account_reset_password_from_key      GET  200
account_reset_password_from_key      POST 200
account_reset_password_done          GET  200

accounts:keep_draft                  GET  405
accounts:keep_draft                  POST 204
accounts:drop_draft                  GET  login  405
accounts:drop_draft                  POST login  →/accounts/profile/
accounts:security                    GET  login  200
accounts:end_session                 GET  login  405
accounts:end_session                 POST login  →/accounts/security/
accounts:end_other_sessions          GET  login  405
accounts:end_other_sessions          POST login  →/accounts/security/
accounts:second_factor               GET  login  →/accounts/security/
accounts:passkeys                    GET  login  →/accounts/security/
accounts:remove_passkey              GET  login  →/accounts/reauthenticate/
accounts:remove_passkey              POST login  →/accounts/reauthenticate/

mfa_index                            GET  login  →/accounts/security/
mfa_list_webauthn                    GET  login  →/accounts/security/
mfa_authenticate                     GET  login  →/patient/ →/patient/ →/doctor/ →/doctor/ →/staff/desk/ →/staff/ →/staff/
mfa_authenticate                     POST login  →/patient/ →/patient/ →/doctor/ →/doctor/ →/staff/desk/ →/staff/ →/staff/
mfa_login_webauthn                   GET  login  →/patient/ →/patient/ →/doctor/ →/doctor/ →/staff/desk/ →/staff/ →/staff/
mfa_login_webauthn                   POST login  →/patient/ →/patient/ →/doctor/ →/doctor/ →/staff/desk/ →/staff/ →/staff/
mfa_reauthenticate                   GET  login  →/accounts/reauthenticate/
mfa_reauthenticate                   POST login  →/accounts/reauthenticate/
mfa_reauthenticate_webauthn          GET  login  →/accounts/reauthenticate/
mfa_reauthenticate_webauthn          POST login  →/accounts/reauthenticate/
mfa_activate_totp                    GET  login  →/accounts/reauthenticate/ →/accounts/reauthenticate/ →/accounts/2fa/ →/accounts/2fa/ →/accounts/reauthenticate/ →/accounts/reauthenticate/ →/accounts/reauthenticate/
mfa_activate_totp                    POST login  →/accounts/reauthenticate/ →/accounts/reauthenticate/ →/accounts/2fa/ →/accounts/2fa/ →/accounts/reauthenticate/ →/accounts/reauthenticate/ →/accounts/reauthenticate/
mfa_deactivate_totp                  GET  login  404
mfa_deactivate_totp                  POST login  404
mfa_view_recovery_codes              GET  login  404
mfa_generate_recovery_codes          GET  login  →/accounts/reauthenticate/
mfa_generate_recovery_codes          POST login  →/accounts/reauthenticate/
mfa_download_recovery_codes          GET  login  404
mfa_download_recovery_codes          POST login  404
mfa_add_webauthn                     GET  login  →/accounts/reauthenticate/ →/accounts/reauthenticate/ →/accounts/2fa/ →/accounts/2fa/ →/accounts/reauthenticate/ →/accounts/reauthenticate/ →/accounts/reauthenticate/
mfa_add_webauthn                     POST login  →/accounts/reauthenticate/ →/accounts/reauthenticate/ →/accounts/2fa/ →/accounts/2fa/ →/accounts/reauthenticate/ →/accounts/reauthenticate/ →/accounts/reauthenticate/
mfa_remove_webauthn                  GET  login  →/accounts/reauthenticate/
mfa_remove_webauthn                  POST login  →/accounts/reauthenticate/
mfa_edit_webauthn                    GET  login  →/accounts/reauthenticate/
mfa_edit_webauthn                    POST login  →/accounts/reauthenticate/

admin:index                          GET  login  403    403    403    403    200    200    200
admin:index                          POST login  403    403    403    403    200    200    200
admin:login                          GET  login  403    403    403    403    →/admin/    →/admin/    →/admin/
admin:login                          POST login  403    403    403    403    →/admin/    →/admin/    →/admin/
admin:logout                         GET  login  403    403    403    403    →/accounts/logout/    →/accounts/logout/    →/accounts/logout/
admin:logout                         POST login  403    403    403    403    →/accounts/logout/    →/accounts/logout/    →/accounts/logout/
admin:password_change                GET  login  403    403    403    403    →/accounts/password/change/    →/accounts/password/change/    →/accounts/password/change/
admin:password_change                POST login  403    403    403    403    →/accounts/password/change/    →/accounts/password/change/    →/accounts/password/change/
admin:password_change_done           GET  login  403    403    403    403    →/admin/    →/admin/    →/admin/
admin:password_change_done           POST login  403    403    403    403    →/admin/    →/admin/    →/admin/
admin:autocomplete                   GET  login  403
admin:autocomplete                   POST login  403    403    403    403    405    405    405
admin:walk_in                        GET  login  403    403    403    403    →/staff/book/ 403    →/staff/book/
admin:walk_in                        POST login  403    403    403    403    405    403    405
admin:send_password_link             GET  login  403    403    403    403    →/accounts/reauthenticate/ →/accounts/reauthenticate/ →/accounts/reauthenticate/
admin:send_password_link             POST login  403    403    403    403    →/accounts/reauthenticate/ →/accounts/reauthenticate/ →/accounts/reauthenticate/
admin:reset_second_factor            GET  login  403    403    403    403    →/accounts/reauthenticate/ →/accounts/reauthenticate/ →/accounts/reauthenticate/
admin:reset_second_factor            POST login  403    403    403    403    →/accounts/reauthenticate/ →/accounts/reauthenticate/ →/accounts/reauthenticate/
admin:jsi18n                         GET  login  403    403    403    403    200    200    200
admin:jsi18n                         POST login  403    403    403    403    405    405    405
admin:app_list                       GET  login  403    403    403    403    200    200    200
admin:app_list                       POST login  403    403    403    403    200    200    200

calendar:settings                    GET  login  200    200    200    200    403    403    403
calendar:connect                     GET  login  →/accounts/reauthenticate/ →/accounts/reauthenticate/ →/accounts/reauthenticate/ →/accounts/reauthenticate/ 403    403    403
calendar:connect                     POST login  →/accounts/reauthenticate/ →/accounts/reauthenticate/ →/accounts/reauthenticate/ →/accounts/reauthenticate/ 403    403    403
calendar:disconnect                  GET  login  →/calendar/ →/calendar/ →/calendar/ →/calendar/ 403    403    403
calendar:disconnect                  POST login  →/calendar/ →/calendar/ →/calendar/ →/calendar/ 403    403    403
calendar:callback                    GET  login  →/calendar/ →/calendar/ →/calendar/ →/calendar/ 403    403    403
bookings:feeds                       GET  login  200    200    200    200    403    403    403
bookings:feed_new                    GET  login  →/accounts/reauthenticate/ →/accounts/reauthenticate/ →/accounts/reauthenticate/ →/accounts/reauthenticate/ 403    403    403
bookings:feed_new                    POST login  →/accounts/reauthenticate/ →/accounts/reauthenticate/ →/accounts/reauthenticate/ →/accounts/reauthenticate/ 403    403    403
bookings:feed_revoke                 GET  login  →/calendar/feed/ →/calendar/feed/ →/calendar/feed/ →/calendar/feed/ 403    403    403
bookings:feed_revoke                 POST login  →/calendar/feed/ →/calendar/feed/ →/calendar/feed/ →/calendar/feed/ 403    403    403
bookings:feed                        GET  404
bookings:calendar_note               GET  login  403    403    →/bookings/<ref>/ 404    403    403    403
bookings:calendar_note               POST login  403    403    →/bookings/<ref>/ 404    403    403    403

accounts:invitation                  GET  404
accounts:invitation                  POST 404
accounts:invite                      GET  login  403    403    403    403    404    200    200
accounts:invite                      POST login  403    403    403    403    404    200    200
bookings:leaving                     GET  login  403    403    403    403    403    200    200
bookings:leaving                     POST login  403    403    403    403    403    200    200
bookings:reinstate                   GET  login  403    403    403    403    403    →/staff/people/doctors/<id>/leaving/ →/staff/people/doctors/<id>/leaving/
bookings:reinstate                   POST login  403    403    403    403    403    →/staff/people/doctors/<id>/leaving/ →/staff/people/doctors/<id>/leaving/
bookings:closing                     GET  login  403    403    403    403    403    403    200
bookings:closing                     POST login  403    403    403    403    403    403    200
bookings:opening                     GET  login  403    403    403    403    403    403    →/staff/people/patients/<id>/closing/
bookings:opening                     POST login  403    403    403    403    403    403    →/staff/people/patients/<id>/closing/
bookings:close_own                   GET  login  →/accounts/reauthenticate/ →/accounts/reauthenticate/ 403    403    403    403    403
bookings:close_own                   POST login  →/accounts/reauthenticate/ →/accounts/reauthenticate/ 403    403    403    403    403
exports:exports                      GET  login  200
exports:export                       GET  login  200    404    404    404    404    404    404
exports:download                     GET  login  →/exports/<uuid>/ 404 404 404    404    404    404
exports:again                        GET  login  405
exports:again                        POST login  →/exports/<uuid>/ 404 404 404    404    404    404
clinical:record                      GET  login  200    404    200    404    404    404    404
clinical:record                      POST login  404    404    409    404    404    404    404
clinical:records                     GET  login  200    200    404    404    404    404    404
clinical:access                      GET  login  200    200    404    404    404    404    404
clinical:emergency                   GET  login  404
clinical:emergency                   POST login  404
clinical:export                      GET  login  405
clinical:export                      POST login  404
clinical:pdf                         GET  login  200    404    200    404    404    404    404
clinical:send                        GET  login  200    404    200    404    404    404    404
clinical:send                        POST login  200    404    200    404    404    404    404
clinical:history                     GET  login  404    404    200    404    404    404    404
billing:invoices                     GET  login  200    200    404    404    404    404    404
billing:invoice                      GET  login  200    404    404    404    404    404    404
billing:invoice_pdf                  GET  login  200    404    404    404    200    200    200
billing:credit_note_pdf              GET  login  200    404    404    404    200    200    200
billing:receipt                      GET  login  200    404    404    404    200    200    200
privacy:own_data                     GET  login  200    200    200    200    403    403    403
privacy:own_export                   GET  login  405
privacy:own_export                   POST login  →/accounts/reauthenticate/ →/accounts/reauthenticate/ →/accounts/reauthenticate/ →/accounts/reauthenticate/ 403    403    403
privacy:data                         GET  login  403    403    403    403    403    403    200
privacy:export                       GET  login  405
privacy:export                       POST login  403    403    403    403    403    403    →/accounts/reauthenticate/
privacy:erasure                      GET  login  403    403    403    403    403    403    →/accounts/reauthenticate/
privacy:erasure                      POST login  403    403    403    403    403    403    →/accounts/reauthenticate/

livez                                GET  200
readyz                               GET  200

gallery                              GET  200
gallery_form                         GET  200
gallery_form                         POST 200
gallery_confirm                      GET  200
gallery_error                        GET  404

local_inbox:inbox                    GET  404
local_inbox:inbox                    POST 404
local_inbox:clear                    GET  404
local_inbox:clear                    POST 404
local_inbox:letter                   GET  404
local_inbox:letter                   POST 404
local_inbox:letter_html              GET  404
local_inbox:letter_html              POST 404
local_inbox:attachment               GET  404
local_inbox:attachment               POST 404
"""  # noqa: E501  a line is a row
