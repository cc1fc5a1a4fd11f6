import billing.models
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.text
import pgtrigger.compiler
import pgtrigger.migrations
import uuid
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '__first__'),
        ('bookings', '0018_fewer_indexes'),
        ('doctors', '0013_fewer_indexes'),
        ('patients', '0010_nothing_for_the_erased'),
    ]

    operations = [
        migrations.CreateModel(
            name='BillingSeries',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=8)),
                ('year', models.PositiveSmallIntegerField()),
                ('last', models.PositiveIntegerField(default=1)),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('code', 'year'), name='billing_series_once')],
            },
        ),
        migrations.CreateModel(
            name='BillingDecision',
            fields=[
                ('booking', models.OneToOneField(editable=False, on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='billing_decision', serialize=False, to='bookings.booking')),
                ('status', models.CharField(choices=[('PENDING', 'Request sent'), ('CONFIRMED', 'Confirmed'), ('CHECKED_IN', 'Checked in'), ('COMPLETED', 'Completed'), ('CANCELLED', 'Cancelled'), ('NO_SHOW', 'Missed')], editable=False, max_length=10)),
                ('outcome', models.CharField(choices=[('CHARGED', 'Charged'), ('FREE', 'Nothing to charge'), ('WAIVED', 'Waived'), ('TAKEN_BACK', 'Taken back')], editable=False, max_length=10)),
                ('decided_at', models.DateTimeField(editable=False)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='DoctorFees',
            fields=[
                ('doctor', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='fees', serialize=False, to='doctors.doctorprofile')),
                ('late_cancellation_percent', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('missed_visit_percent', models.PositiveSmallIntegerField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'fees of a doctor',
                'verbose_name_plural': 'fees of doctors',
                'default_permissions': ('view', 'add', 'change'),
            },
        ),
        migrations.CreateModel(
            name='Invoice',
            fields=[
                ('idempotency_key', models.CharField(editable=False, max_length=64, null=True)),
                ('request_fingerprint', models.CharField(blank=True, editable=False, max_length=64)),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('take', models.PositiveSmallIntegerField(default=1, editable=False)),
                ('occasion', models.CharField(choices=[('VISIT', 'Visit'), ('LATE_CANCELLATION', 'Late cancellation'), ('MISSED', 'Missed visit'), ('OTHER', 'Something else')], editable=False, max_length=17)),
                ('visit_day', models.DateField(editable=False, help_text='By the hospital’s clock.', null=True)),
                ('currency', models.CharField(default=billing.models.hospital_currency, editable=False, max_length=3)),
                ('discount_cents', models.PositiveBigIntegerField(default=0, editable=False)),
                ('net_cents', models.PositiveBigIntegerField(default=0, editable=False)),
                ('tax_cents', models.PositiveBigIntegerField(default=0, editable=False)),
                ('total_cents', models.PositiveBigIntegerField(default=0, editable=False)),
                ('created_at', models.DateTimeField(editable=False)),
                ('revision', models.PositiveIntegerField(default=1, editable=False)),
                ('number', models.CharField(blank=True, editable=False, help_text='A draft has none.', max_length=24)),
                ('series', models.CharField(blank=True, editable=False, max_length=8)),
                ('year', models.PositiveSmallIntegerField(editable=False, null=True)),
                ('sequence', models.PositiveIntegerField(editable=False, null=True)),
                ('issued_at', models.DateTimeField(editable=False, null=True)),
                ('due_on', models.DateField(editable=False, null=True)),
                ('seller_name', models.CharField(blank=True, editable=False, max_length=200)),
                ('seller_address', models.CharField(blank=True, editable=False, max_length=400)),
                ('seller_phone', models.CharField(blank=True, editable=False, max_length=40)),
                ('seller_tax_number', models.CharField(blank=True, editable=False, max_length=60)),
                ('buyer_name', models.CharField(blank=True, editable=False, max_length=120)),
                ('buyer_address', models.TextField(blank=True, editable=False, max_length=400)),
                ('booking', models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='invoices', to='bookings.booking')),
                ('created_by', models.ForeignKey(editable=False, help_text='Empty: by itself.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('doctor', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='invoices', to='doctors.doctorprofile')),
                ('issued_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('patient', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='invoices', to='patients.patientprofile')),
            ],
            options={
                'verbose_name': 'invoice',
                'verbose_name_plural': 'invoices',
                'ordering': ['-created_at', 'pk'],
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='InvoiceLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('category', models.CharField(choices=[('E', 'Exempt'), ('S', 'Taxed'), ('Z', 'Zero rate'), ('O', 'Outside the scope of tax')], editable=False, max_length=1)),
                ('rate', models.DecimalField(decimal_places=2, default=Decimal('0'), editable=False, max_digits=5)),
                ('position', models.PositiveSmallIntegerField(editable=False)),
                ('description', models.CharField(editable=False, max_length=200)),
                ('quantity', models.DecimalField(decimal_places=3, default=Decimal('1'), editable=False, max_digits=9)),
                ('unit_cents', models.PositiveBigIntegerField(editable=False)),
                ('discount_cents', models.PositiveBigIntegerField(default=0, editable=False)),
                ('net_cents', models.PositiveBigIntegerField(editable=False)),
                ('share_cents', models.PositiveBigIntegerField(default=0, editable=False)),
                ('invoice', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='billing.invoice')),
            ],
            options={
                'ordering': ['invoice', 'position'],
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='TaxTotal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('category', models.CharField(choices=[('E', 'Exempt'), ('S', 'Taxed'), ('Z', 'Zero rate'), ('O', 'Outside the scope of tax')], editable=False, max_length=1)),
                ('rate', models.DecimalField(decimal_places=2, default=Decimal('0'), editable=False, max_digits=5)),
                ('taxable_cents', models.PositiveBigIntegerField(editable=False)),
                ('tax_cents', models.PositiveBigIntegerField(editable=False)),
                ('words', models.CharField(blank=True, editable=False, max_length=200)),
                ('code', models.CharField(blank=True, editable=False, max_length=40)),
                ('invoice', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='taxes', to='billing.invoice')),
            ],
            options={
                'ordering': ['invoice', 'category', 'rate'],
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Payment',
            fields=[
                ('idempotency_key', models.CharField(editable=False, max_length=64, null=True)),
                ('request_fingerprint', models.CharField(blank=True, editable=False, max_length=64)),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('amount_cents', models.BigIntegerField(editable=False)),
                ('method', models.CharField(choices=[('CASH', 'Cash'), ('CARD', 'Card'), ('ONLINE', 'Online'), ('INSURANCE', 'Insurance')], editable=False, max_length=9)),
                ('reference', models.CharField(blank=True, editable=False, max_length=80)),
                ('reason', models.CharField(blank=True, editable=False, help_text='Why it was taken back.', max_length=200)),
                ('received_at', models.DateTimeField(editable=False)),
                ('attempt', models.PositiveSmallIntegerField(default=1, editable=False)),
                ('invoice', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='billing.invoice')),
                ('received_by', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('takes_back', models.OneToOneField(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='taken_back_by', to='billing.payment')),
            ],
            options={
                'verbose_name': 'payment',
                'verbose_name_plural': 'payments',
                'ordering': ['received_at', 'pk'],
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='CreditNote',
            fields=[
                ('idempotency_key', models.CharField(editable=False, max_length=64, null=True)),
                ('request_fingerprint', models.CharField(blank=True, editable=False, max_length=64)),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('number', models.CharField(editable=False, max_length=24, unique=True)),
                ('series', models.CharField(editable=False, max_length=8)),
                ('year', models.PositiveSmallIntegerField(editable=False)),
                ('sequence', models.PositiveIntegerField(editable=False)),
                ('issued_at', models.DateTimeField(editable=False)),
                ('reason', models.CharField(editable=False, max_length=200)),
                ('net_cents', models.PositiveBigIntegerField(editable=False)),
                ('tax_cents', models.PositiveBigIntegerField(editable=False)),
                ('total_cents', models.PositiveBigIntegerField(editable=False)),
                ('issued_by', models.ForeignKey(editable=False, help_text='Empty: by itself.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('invoice', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='credit_notes', to='billing.invoice')),
            ],
            options={
                'verbose_name': 'credit note',
                'verbose_name_plural': 'credit notes',
                'ordering': ['issued_at', 'pk'],
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='CreditLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('net_cents', models.PositiveBigIntegerField(editable=False)),
                ('tax_cents', models.PositiveBigIntegerField(default=0, editable=False)),
                ('credit_note', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='billing.creditnote')),
                ('line', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='credits', to='billing.invoiceline')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Refund',
            fields=[
                ('idempotency_key', models.CharField(editable=False, max_length=64, null=True)),
                ('request_fingerprint', models.CharField(blank=True, editable=False, max_length=64)),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('amount_cents', models.BigIntegerField(editable=False)),
                ('method', models.CharField(choices=[('CASH', 'Cash'), ('CARD', 'Card'), ('ONLINE', 'Online'), ('INSURANCE', 'Insurance')], editable=False, max_length=9)),
                ('reference', models.CharField(blank=True, editable=False, max_length=80)),
                ('reason', models.CharField(blank=True, editable=False, help_text='Why it was taken back.', max_length=200)),
                ('refunded_at', models.DateTimeField(editable=False)),
                ('credit_note', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='billing.creditnote')),
                ('refunded_by', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('takes_back', models.OneToOneField(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='taken_back_by', to='billing.refund')),
            ],
            options={
                'verbose_name': 'refund',
                'verbose_name_plural': 'refunds',
                'ordering': ['refunded_at', 'pk'],
                'default_permissions': ('view',),
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='billingseries',
            trigger=pgtrigger.compiler.Trigger(name='series_is_kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='e6af0696aa10c198d7fd95ba71070eb5d6caa586', operation='DELETE', pgid='pgtrigger_series_is_kept_5a67e', table='billing_billingseries', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='billingseries',
            trigger=pgtrigger.compiler.Trigger(name='series_begins_with_1', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NOT (NEW."last" = 1))', func="RAISE EXCEPTION 'numbers begin with 1' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'series_begins_with_1';", hash='a4cb48c4ccabf791e3c5492ee284d1b243ab429e', operation='INSERT', pgid='pgtrigger_series_begins_with_1_ff46c', table='billing_billingseries', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='billingseries',
            trigger=pgtrigger.compiler.Trigger(name='series_counts_on', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF (NEW.code, NEW.year, NEW.last) IS DISTINCT FROM (OLD.code, OLD.year, OLD.last + 1) THEN\n                RAISE EXCEPTION 'numbers follow one another' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'series_counts_on';\n            END IF;\n            RETURN NEW;\n        ", hash='4f736b660e08491769107088cb3788197c21a5c0', operation='UPDATE', pgid='pgtrigger_series_counts_on_865b4', table='billing_billingseries', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='doctorfees',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('late_cancellation_percent__isnull', True), ('late_cancellation_percent__lte', 100), _connector='OR'), models.Q(('missed_visit_percent__isnull', True), ('missed_visit_percent__lte', 100), _connector='OR')), name='doctor_fees_are_percentages'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='doctorfees',
            trigger=pgtrigger.compiler.Trigger(name='no_fees_for_the_erased', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF (NEW.doctor_id IS DISTINCT FROM OLD.doctor_id AND EXISTS (\n        SELECT FROM doctors_doctorprofile AS doctor JOIN accounts_user AS account ON account.id = doctor.user_id\n        WHERE doctor.id = NEW.doctor_id AND account.erased_at IS NOT NULL)) THEN\n                RAISE EXCEPTION 'nothing is written for an erased person'\n                    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'nothing_for_the_erased';\n            END IF;\n            RETURN NEW;\n        ", hash='ff08a9c84423eb2ea38c7c9590b94e8ce90765d1', operation='INSERT OR UPDATE OF "doctor_id"', pgid='pgtrigger_no_fees_for_the_erased_f7cf3', table='billing_doctorfees', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='doctorfees',
            trigger=pgtrigger.compiler.Trigger(name='audit_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "audit_entry" ("pgh_created_at", "pgh_label", "pgh_context_id", "model", "object_id", "name", "about", "changed", "before", "after", "details", "actor_id", "actor_role", "address", "request_id", "place", "reason") SELECT clock_timestamp(), \'insert\', NULLIF(current_setting(\'pghistory.context_id\', TRUE), \'\')::uuid, \'billing.doctorfees\', NEW."doctor_id"::text, left(\'\', 120), array_remove(ARRAY[\'billing.doctorfees:\' || NEW."doctor_id"]::text[], NULL), \'{}\'::text[], NULL::jsonb, jsonb_build_object(\'late_cancellation_percent\', NEW."late_cancellation_percent", \'missed_visit_percent\', NEW."missed_visit_percent"), \'{}\'::jsonb, (said.it ->> \'actor\')::bigint, COALESCE(said.it ->> \'role\', \'\'), (said.it ->> \'address\')::inet, COALESCE(said.it ->> \'request\', \'\'), COALESCE(said.it ->> \'place\', \'\'), COALESCE(said.it ->> \'reason\', \'\') FROM (SELECT COALESCE(NULLIF(current_setting(\'pghistory.context_metadata\', TRUE), \'\'), \'{}\')::jsonb AS it) AS said; RETURN NULL;', hash='3b320272d1f0bca723ddd97f17110ea250d82d50', operation='INSERT', pgid='pgtrigger_audit_insert_89be9', table='billing_doctorfees', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='doctorfees',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "audit_entry" ("pgh_created_at", "pgh_label", "pgh_context_id", "model", "object_id", "name", "about", "changed", "before", "after", "details", "actor_id", "actor_role", "address", "request_id", "place", "reason") SELECT clock_timestamp(), \'update\', NULLIF(current_setting(\'pghistory.context_id\', TRUE), \'\')::uuid, \'billing.doctorfees\', NEW."doctor_id"::text, left(\'\', 120), array_remove(ARRAY[\'billing.doctorfees:\' || NEW."doctor_id"]::text[], NULL), COALESCE(differences.changed, \'{}\'), differences.before, differences.after, \'{}\'::jsonb, (said.it ->> \'actor\')::bigint, COALESCE(said.it ->> \'role\', \'\'), (said.it ->> \'address\')::inet, COALESCE(said.it ->> \'request\', \'\'), COALESCE(said.it ->> \'place\', \'\'), COALESCE(said.it ->> \'reason\', \'\') FROM (SELECT COALESCE(NULLIF(current_setting(\'pghistory.context_metadata\', TRUE), \'\'), \'{}\')::jsonb AS it) AS said, ( SELECT array_agg(name) AS changed, jsonb_object_agg(name, was) FILTER (WHERE shown) AS before, jsonb_object_agg(name, became) FILTER (WHERE shown) AS after FROM (VALUES (\'late_cancellation_percent\', OLD."late_cancellation_percent" IS DISTINCT FROM NEW."late_cancellation_percent", TRUE, to_jsonb(OLD."late_cancellation_percent"), to_jsonb(NEW."late_cancellation_percent")), (\'missed_visit_percent\', OLD."missed_visit_percent" IS DISTINCT FROM NEW."missed_visit_percent", TRUE, to_jsonb(OLD."missed_visit_percent"), to_jsonb(NEW."missed_visit_percent"))) AS field (name, differs, shown, was, became) WHERE differs ) AS differences; RETURN NULL;', hash='6dd1400f5b08f28caa165dd2f5cfa221f093c191', operation='UPDATE', pgid='pgtrigger_audit_update_c1183', table='billing_doctorfees', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='doctorfees',
            trigger=pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "audit_entry" ("pgh_created_at", "pgh_label", "pgh_context_id", "model", "object_id", "name", "about", "changed", "before", "after", "details", "actor_id", "actor_role", "address", "request_id", "place", "reason") SELECT clock_timestamp(), \'delete\', NULLIF(current_setting(\'pghistory.context_id\', TRUE), \'\')::uuid, \'billing.doctorfees\', OLD."doctor_id"::text, left(\'\', 120), array_remove(ARRAY[\'billing.doctorfees:\' || OLD."doctor_id"]::text[], NULL), \'{}\'::text[], jsonb_build_object(\'late_cancellation_percent\', OLD."late_cancellation_percent", \'missed_visit_percent\', OLD."missed_visit_percent"), NULL::jsonb, \'{}\'::jsonb, (said.it ->> \'actor\')::bigint, COALESCE(said.it ->> \'role\', \'\'), (said.it ->> \'address\')::inet, COALESCE(said.it ->> \'request\', \'\'), COALESCE(said.it ->> \'place\', \'\'), COALESCE(said.it ->> \'reason\', \'\') FROM (SELECT COALESCE(NULLIF(current_setting(\'pghistory.context_metadata\', TRUE), \'\'), \'{}\')::jsonb AS it) AS said; RETURN NULL;', hash='381d3384efdd243264761042366ab8e576a25bae', operation='DELETE', pgid='pgtrigger_audit_delete_825aa', table='billing_doctorfees', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='invoice',
            index=models.Index(condition=models.Q(('number', '')), fields=['created_at', 'id'], name='invoice_drafts'),
        ),
        migrations.AddIndex(
            model_name='invoice',
            index=models.Index(fields=['created_at', 'id'], name='invoice_by_age'),
        ),
        migrations.AddIndex(
            model_name='invoice',
            index=models.Index(condition=models.Q(('number', ''), _negated=True), fields=['issued_at', 'id'], name='invoice_by_issue'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.UniqueConstraint(fields=('booking', 'take'), name='invoice_take_once'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.UniqueConstraint(fields=('series', 'year', 'sequence'), name='invoice_sequence_once'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.UniqueConstraint(fields=('created_by', 'idempotency_key'), name='invoice_idempotency_key'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('booking__isnull', True), ('occasion', 'OTHER')), models.Q(('booking__isnull', False), models.Q(('occasion', 'OTHER'), _negated=True)), _connector='OR'), name='invoice_of_a_visit_or_other'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.CheckConstraint(condition=models.Q(('total_cents', django.db.models.expressions.CombinedExpression(models.F('net_cents'), '+', models.F('tax_cents')))), name='invoice_total_is_net_and_tax'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('number', ''), ('sequence__isnull', True), ('series', ''), ('year__isnull', True), ('due_on__isnull', True), ('issued_at__isnull', True), ('issued_by__isnull', True)), models.Q(('issued_at__isnull', False), ('issued_by__isnull', False), ('sequence__gte', 1), ('year__isnull', False), ('due_on__isnull', False), ('total_cents__gt', 0), models.Q(('number', ''), _negated=True), models.Q(('series', ''), _negated=True), models.Q(('seller_name', ''), _negated=True)), _connector='OR'), name='invoice_issued_facts'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.UniqueConstraint(condition=models.Q(('number', ''), _negated=True), fields=('number',), name='invoice_number_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='invoice',
            trigger=pgtrigger.compiler.Trigger(name='no_invoice_for_the_erased', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF (NEW.patient_id IS DISTINCT FROM OLD.patient_id AND EXISTS (SELECT FROM patients_patientprofile WHERE id = NEW.patient_id AND erased_at IS NOT NULL)) THEN\n                RAISE EXCEPTION 'nothing is written for an erased person'\n                    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'nothing_for_the_erased';\n            END IF;\n            RETURN NEW;\n        ", hash='eedbd152b4a26f1b0c76025b71cc00a4918bcf52', operation='INSERT OR UPDATE OF "patient_id"', pgid='pgtrigger_no_invoice_for_the_erased_1aceb', table='billing_invoice', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='invoice',
            trigger=pgtrigger.compiler.Trigger(name='invoice_begins_as_a_draft', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NOT (NEW."number" = \'\'))', func="RAISE EXCEPTION 'an invoice begins as a draft' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'invoice_begins_as_a_draft';", hash='8c8382857880d1bf3eceb570586fec3353a9e03b', operation='INSERT', pgid='pgtrigger_invoice_begins_as_a_draft_8c24d', table='billing_invoice', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='invoice',
            trigger=pgtrigger.compiler.Trigger(name='issued_invoice_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NOT (OLD."number" = \'\'))', func="\n            IF current_setting('hms.erasing', TRUE) = 'yes' AND NEW.buyer_name = '' AND NEW.buyer_address = ''\n                AND to_jsonb(NEW) - '{buyer_name,buyer_address}'::text[] = to_jsonb(OLD) - '{buyer_name,buyer_address}'::text[]\n                AND EXISTS (\n    SELECT FROM billing_invoice AS invoice\n    JOIN patients_patientprofile AS patient ON patient.id = invoice.patient_id\n    LEFT JOIN doctors_doctorprofile AS doctor ON doctor.id = invoice.doctor_id\n    LEFT JOIN accounts_user AS account ON account.id = doctor.user_id\n    WHERE invoice.id = OLD.id AND (patient.erased_at IS NOT NULL OR account.erased_at IS NOT NULL)\n)\n            THEN\n                RETURN NEW;\n            END IF;\n            RAISE EXCEPTION 'an issued invoice never changes' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'issued_invoice_stays';\n        ", hash='7ed5b52b3050d22435cde6c6a519f88657b8a41c', operation='UPDATE', pgid='pgtrigger_issued_invoice_stays_03194', table='billing_invoice', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='invoice',
            trigger=pgtrigger.compiler.Trigger(name='issued_invoice_is_kept', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NOT (OLD."number" = \'\'))', func="RAISE EXCEPTION 'an issued invoice is never deleted' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'issued_invoice_is_kept';", hash='996e2e4e551860565a26dc4ae890ca7a131779ca', operation='DELETE', pgid='pgtrigger_issued_invoice_is_kept_50671', table='billing_invoice', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='invoice',
            trigger=pgtrigger.compiler.Trigger(name='issued_invoice_adds_up', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."number" = \'\' AND NOT (NEW."number" = \'\'))', declare='DECLARE nets bigint; shares bigint; taxable bigint; tax bigint;', func="\n            SELECT COALESCE(sum(net_cents), 0), COALESCE(sum(share_cents), 0) INTO nets, shares\n                FROM billing_invoiceline WHERE invoice_id = NEW.id;\n            SELECT COALESCE(sum(taxable_cents), 0), COALESCE(sum(tax_cents), 0) INTO taxable, tax\n                FROM billing_taxtotal WHERE invoice_id = NEW.id;\n            IF (shares, nets - shares, taxable, tax)\n                IS DISTINCT FROM (NEW.discount_cents::bigint, NEW.net_cents::bigint, NEW.net_cents::bigint,\n                                  NEW.tax_cents::bigint) THEN\n                RAISE EXCEPTION 'the lines of an invoice are not its total' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'issued_invoice_adds_up';\n            END IF;\n            RETURN NEW;\n        ", hash='aece68c27eb42d24514ca5cc9908633321a9f04b', operation='UPDATE', pgid='pgtrigger_issued_invoice_adds_up_99bc2', table='billing_invoice', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='invoice',
            trigger=pgtrigger.compiler.Trigger(name='invoice_of_a_visit_once', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW."booking_id" IS NOT NULL)', func="\n            IF NEW.take <> 1 + (SELECT count(*) FROM billing_invoice WHERE booking_id = NEW.booking_id) OR EXISTS (\n                SELECT FROM billing_invoice AS other WHERE other.booking_id = NEW.booking_id\n                AND (other.number = '' OR other.total_cents <> COALESCE((SELECT sum(total_cents) FROM billing_creditnote WHERE invoice_id = other.id), 0))\n            ) THEN\n                RAISE EXCEPTION 'this appointment has an invoice' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'invoice_of_a_visit_once';\n            END IF;\n            RETURN NEW;\n        ", hash='537ede7b03d34fc2bc6886c0b18c0039960ec5ac', operation='INSERT', pgid='pgtrigger_invoice_of_a_visit_once_1cd9d', table='billing_invoice', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='invoice',
            trigger=pgtrigger.compiler.Trigger(name='audit_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "audit_entry" ("pgh_created_at", "pgh_label", "pgh_context_id", "model", "object_id", "name", "about", "changed", "before", "after", "details", "actor_id", "actor_role", "address", "request_id", "place", "reason") SELECT clock_timestamp(), \'insert\', NULLIF(current_setting(\'pghistory.context_id\', TRUE), \'\')::uuid, \'billing.invoice\', NEW."id"::text, left(NEW."number"::text, 120), array_remove(ARRAY[\'billing.invoice:\' || NEW."id", \'patients.patientprofile:\' || NEW."patient_id", \'doctors.doctorprofile:\' || NEW."doctor_id", \'bookings.booking:\' || NEW."booking_id", \'accounts.user:\' || NEW."created_by_id", \'accounts.user:\' || NEW."issued_by_id"]::text[], NULL), \'{}\'::text[], NULL::jsonb, jsonb_build_object(\'patient\', NEW."patient_id", \'doctor\', NEW."doctor_id", \'booking\', NEW."booking_id", \'take\', NEW."take", \'occasion\', NEW."occasion", \'visit_day\', NEW."visit_day", \'discount_cents\', NEW."discount_cents", \'net_cents\', NEW."net_cents", \'tax_cents\', NEW."tax_cents", \'total_cents\', NEW."total_cents", \'created_at\', NEW."created_at", \'created_by\', NEW."created_by_id", \'revision\', NEW."revision", \'number\', NEW."number", \'year\', NEW."year", \'sequence\', NEW."sequence", \'issued_at\', NEW."issued_at", \'issued_by\', NEW."issued_by_id", \'due_on\', NEW."due_on"), \'{}\'::jsonb, (said.it ->> \'actor\')::bigint, COALESCE(said.it ->> \'role\', \'\'), (said.it ->> \'address\')::inet, COALESCE(said.it ->> \'request\', \'\'), COALESCE(said.it ->> \'place\', \'\'), COALESCE(said.it ->> \'reason\', \'\') FROM (SELECT COALESCE(NULLIF(current_setting(\'pghistory.context_metadata\', TRUE), \'\'), \'{}\')::jsonb AS it) AS said; RETURN NULL;', hash='32af32e728898970d08ab54d23a671119a268a65', operation='INSERT', pgid='pgtrigger_audit_insert_9aac3', table='billing_invoice', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='invoice',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "audit_entry" ("pgh_created_at", "pgh_label", "pgh_context_id", "model", "object_id", "name", "about", "changed", "before", "after", "details", "actor_id", "actor_role", "address", "request_id", "place", "reason") SELECT clock_timestamp(), \'update\', NULLIF(current_setting(\'pghistory.context_id\', TRUE), \'\')::uuid, \'billing.invoice\', NEW."id"::text, left(NEW."number"::text, 120), array_remove(ARRAY[\'billing.invoice:\' || NEW."id", \'patients.patientprofile:\' || NEW."patient_id", \'doctors.doctorprofile:\' || NEW."doctor_id", \'bookings.booking:\' || NEW."booking_id", \'accounts.user:\' || NEW."created_by_id", \'accounts.user:\' || NEW."issued_by_id"]::text[], NULL), COALESCE(differences.changed, \'{}\'), differences.before, differences.after, \'{}\'::jsonb, (said.it ->> \'actor\')::bigint, COALESCE(said.it ->> \'role\', \'\'), (said.it ->> \'address\')::inet, COALESCE(said.it ->> \'request\', \'\'), COALESCE(said.it ->> \'place\', \'\'), COALESCE(said.it ->> \'reason\', \'\') FROM (SELECT COALESCE(NULLIF(current_setting(\'pghistory.context_metadata\', TRUE), \'\'), \'{}\')::jsonb AS it) AS said, ( SELECT array_agg(name) AS changed, jsonb_object_agg(name, was) FILTER (WHERE shown) AS before, jsonb_object_agg(name, became) FILTER (WHERE shown) AS after FROM (VALUES (\'idempotency_key\', OLD."idempotency_key" IS DISTINCT FROM NEW."idempotency_key", FALSE, NULL::jsonb, NULL::jsonb), (\'request_fingerprint\', OLD."request_fingerprint" IS DISTINCT FROM NEW."request_fingerprint", FALSE, NULL::jsonb, NULL::jsonb), (\'patient\', OLD."patient_id" IS DISTINCT FROM NEW."patient_id", TRUE, to_jsonb(OLD."patient_id"), to_jsonb(NEW."patient_id")), (\'doctor\', OLD."doctor_id" IS DISTINCT FROM NEW."doctor_id", TRUE, to_jsonb(OLD."doctor_id"), to_jsonb(NEW."doctor_id")), (\'booking\', OLD."booking_id" IS DISTINCT FROM NEW."booking_id", TRUE, to_jsonb(OLD."booking_id"), to_jsonb(NEW."booking_id")), (\'take\', OLD."take" IS DISTINCT FROM NEW."take", TRUE, to_jsonb(OLD."take"), to_jsonb(NEW."take")), (\'occasion\', OLD."occasion" IS DISTINCT FROM NEW."occasion", TRUE, to_jsonb(OLD."occasion"), to_jsonb(NEW."occasion")), (\'visit_day\', OLD."visit_day" IS DISTINCT FROM NEW."visit_day", TRUE, to_jsonb(OLD."visit_day"), to_jsonb(NEW."visit_day")), (\'currency\', OLD."currency" IS DISTINCT FROM NEW."currency", FALSE, NULL::jsonb, NULL::jsonb), (\'discount_cents\', OLD."discount_cents" IS DISTINCT FROM NEW."discount_cents", TRUE, to_jsonb(OLD."discount_cents"), to_jsonb(NEW."discount_cents")), (\'net_cents\', OLD."net_cents" IS DISTINCT FROM NEW."net_cents", TRUE, to_jsonb(OLD."net_cents"), to_jsonb(NEW."net_cents")), (\'tax_cents\', OLD."tax_cents" IS DISTINCT FROM NEW."tax_cents", TRUE, to_jsonb(OLD."tax_cents"), to_jsonb(NEW."tax_cents")), (\'total_cents\', OLD."total_cents" IS DISTINCT FROM NEW."total_cents", TRUE, to_jsonb(OLD."total_cents"), to_jsonb(NEW."total_cents")), (\'created_at\', OLD."created_at" IS DISTINCT FROM NEW."created_at", TRUE, to_jsonb(OLD."created_at"), to_jsonb(NEW."created_at")), (\'created_by\', OLD."created_by_id" IS DISTINCT FROM NEW."created_by_id", TRUE, to_jsonb(OLD."created_by_id"), to_jsonb(NEW."created_by_id")), (\'revision\', OLD."revision" IS DISTINCT FROM NEW."revision", TRUE, to_jsonb(OLD."revision"), to_jsonb(NEW."revision")), (\'number\', OLD."number" IS DISTINCT FROM NEW."number", TRUE, to_jsonb(OLD."number"), to_jsonb(NEW."number")), (\'series\', OLD."series" IS DISTINCT FROM NEW."series", FALSE, NULL::jsonb, NULL::jsonb), (\'year\', OLD."year" IS DISTINCT FROM NEW."year", TRUE, to_jsonb(OLD."year"), to_jsonb(NEW."year")), (\'sequence\', OLD."sequence" IS DISTINCT FROM NEW."sequence", TRUE, to_jsonb(OLD."sequence"), to_jsonb(NEW."sequence")), (\'issued_at\', OLD."issued_at" IS DISTINCT FROM NEW."issued_at", TRUE, to_jsonb(OLD."issued_at"), to_jsonb(NEW."issued_at")), (\'issued_by\', OLD."issued_by_id" IS DISTINCT FROM NEW."issued_by_id", TRUE, to_jsonb(OLD."issued_by_id"), to_jsonb(NEW."issued_by_id")), (\'due_on\', OLD."due_on" IS DISTINCT FROM NEW."due_on", TRUE, to_jsonb(OLD."due_on"), to_jsonb(NEW."due_on")), (\'seller_name\', OLD."seller_name" IS DISTINCT FROM NEW."seller_name", FALSE, NULL::jsonb, NULL::jsonb), (\'seller_address\', OLD."seller_address" IS DISTINCT FROM NEW."seller_address", FALSE, NULL::jsonb, NULL::jsonb), (\'seller_phone\', OLD."seller_phone" IS DISTINCT FROM NEW."seller_phone", FALSE, NULL::jsonb, NULL::jsonb), (\'seller_tax_number\', OLD."seller_tax_number" IS DISTINCT FROM NEW."seller_tax_number", FALSE, NULL::jsonb, NULL::jsonb), (\'buyer_name\', OLD."buyer_name" IS DISTINCT FROM NEW."buyer_name", FALSE, NULL::jsonb, NULL::jsonb), (\'buyer_address\', OLD."buyer_address" IS DISTINCT FROM NEW."buyer_address", FALSE, NULL::jsonb, NULL::jsonb)) AS field (name, differs, shown, was, became) WHERE differs ) AS differences; RETURN NULL;', hash='28ab47bbca2ff0a6f954b2cc6f8cd3e8398bee64', operation='UPDATE', pgid='pgtrigger_audit_update_405bf', table='billing_invoice', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='invoice',
            trigger=pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "audit_entry" ("pgh_created_at", "pgh_label", "pgh_context_id", "model", "object_id", "name", "about", "changed", "before", "after", "details", "actor_id", "actor_role", "address", "request_id", "place", "reason") SELECT clock_timestamp(), \'delete\', NULLIF(current_setting(\'pghistory.context_id\', TRUE), \'\')::uuid, \'billing.invoice\', OLD."id"::text, left(OLD."number"::text, 120), array_remove(ARRAY[\'billing.invoice:\' || OLD."id", \'patients.patientprofile:\' || OLD."patient_id", \'doctors.doctorprofile:\' || OLD."doctor_id", \'bookings.booking:\' || OLD."booking_id", \'accounts.user:\' || OLD."created_by_id", \'accounts.user:\' || OLD."issued_by_id"]::text[], NULL), \'{}\'::text[], jsonb_build_object(\'patient\', OLD."patient_id", \'doctor\', OLD."doctor_id", \'booking\', OLD."booking_id", \'take\', OLD."take", \'occasion\', OLD."occasion", \'visit_day\', OLD."visit_day", \'discount_cents\', OLD."discount_cents", \'net_cents\', OLD."net_cents", \'tax_cents\', OLD."tax_cents", \'total_cents\', OLD."total_cents", \'created_at\', OLD."created_at", \'created_by\', OLD."created_by_id", \'revision\', OLD."revision", \'number\', OLD."number", \'year\', OLD."year", \'sequence\', OLD."sequence", \'issued_at\', OLD."issued_at", \'issued_by\', OLD."issued_by_id", \'due_on\', OLD."due_on"), NULL::jsonb, \'{}\'::jsonb, (said.it ->> \'actor\')::bigint, COALESCE(said.it ->> \'role\', \'\'), (said.it ->> \'address\')::inet, COALESCE(said.it ->> \'request\', \'\'), COALESCE(said.it ->> \'place\', \'\'), COALESCE(said.it ->> \'reason\', \'\') FROM (SELECT COALESCE(NULLIF(current_setting(\'pghistory.context_metadata\', TRUE), \'\'), \'{}\')::jsonb AS it) AS said; RETURN NULL;', hash='f14b3e9dae82d38d064ea0128a9e1436a2160f6e', operation='DELETE', pgid='pgtrigger_audit_delete_cb420', table='billing_invoice', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='creditnote',
            index=models.Index(fields=['issued_at'], name='credit_note_by_issue'),
        ),
        migrations.AddConstraint(
            model_name='creditnote',
            constraint=models.UniqueConstraint(fields=('series', 'year', 'sequence'), name='credit_note_sequence_once'),
        ),
        migrations.AddConstraint(
            model_name='creditnote',
            constraint=models.UniqueConstraint(fields=('issued_by', 'idempotency_key'), name='credit_note_idempotency_key'),
        ),
        migrations.AddConstraint(
            model_name='creditnote',
            constraint=models.CheckConstraint(condition=models.Q(('total_cents', django.db.models.expressions.CombinedExpression(models.F('net_cents'), '+', models.F('tax_cents'))), ('total_cents__gt', 0)), name='credit_note_total_is_net_and_tax'),
        ),
        migrations.AddConstraint(
            model_name='creditnote',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='credit_note_has_a_reason'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='creditnote',
            trigger=pgtrigger.compiler.Trigger(name='credit_note_stays', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF current_setting('hms.erasing', TRUE) = 'yes' AND NEW.reason = '-'\n                AND to_jsonb(NEW) - '{reason}'::text[] = to_jsonb(OLD) - '{reason}'::text[]\n                AND EXISTS (\n    SELECT FROM billing_invoice AS invoice\n    JOIN patients_patientprofile AS patient ON patient.id = invoice.patient_id\n    LEFT JOIN doctors_doctorprofile AS doctor ON doctor.id = invoice.doctor_id\n    LEFT JOIN accounts_user AS account ON account.id = doctor.user_id\n    WHERE invoice.id = OLD.invoice_id AND (patient.erased_at IS NOT NULL OR account.erased_at IS NOT NULL)\n)\n            THEN\n                RETURN NEW;\n            END IF;\n            RAISE EXCEPTION 'a credit note never changes' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'credit_note_stays';\n        ", hash='eb413800b8257d5fd463076774d596be1c2153da', operation='UPDATE', pgid='pgtrigger_credit_note_stays_37ff9', table='billing_creditnote', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='creditnote',
            trigger=pgtrigger.compiler.Trigger(name='credit_note_is_kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='1f7736f85a946883fc6c14352debc94ab2377b4c', operation='DELETE', pgid='pgtrigger_credit_note_is_kept_621c2', table='billing_creditnote', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='creditnote',
            trigger=pgtrigger.compiler.Trigger(name='credit_within_invoice', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE owner billing_invoice;', func="\n            SELECT * INTO owner FROM billing_invoice WHERE id = NEW.invoice_id FOR NO KEY UPDATE;\n            IF NOT (owner.number <> '' AND NEW.total_cents <= owner.total_cents - COALESCE((SELECT sum(total_cents) FROM billing_creditnote WHERE invoice_id = owner.id), 0)) THEN\n                RAISE EXCEPTION 'more than is left of the invoice' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'credit_within_invoice';\n            END IF;\n            RETURN NEW;\n        ", hash='9c6171c6aedd58e285ff07cba219fb388b0bea7f', operation='INSERT', pgid='pgtrigger_credit_within_invoice_a8a47', table='billing_creditnote', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='creditnote',
            trigger=pgtrigger.compiler.Trigger(name='credit_note_adds_up', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func="\n            IF EXISTS (\n                SELECT FROM billing_creditnote AS note WHERE note.id = NEW.id\n                AND (note.net_cents, note.tax_cents) <> (\n                    SELECT COALESCE(sum(net_cents), 0)::bigint, COALESCE(sum(tax_cents), 0)::bigint\n                    FROM billing_creditline WHERE credit_note_id = note.id\n                )\n            ) THEN\n                RAISE EXCEPTION 'the lines of a credit note are not its total' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'credit_note_adds_up';\n            END IF;\n            RETURN NULL;\n        ", hash='92cce61f0f6d19d9bf237886d975b32582c2c3a8', operation='INSERT', pgid='pgtrigger_credit_note_adds_up_a5f84', table='billing_creditnote', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='creditnote',
            trigger=pgtrigger.compiler.Trigger(name='audit_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "audit_entry" ("pgh_created_at", "pgh_label", "pgh_context_id", "model", "object_id", "name", "about", "changed", "before", "after", "details", "actor_id", "actor_role", "address", "request_id", "place", "reason") SELECT clock_timestamp(), \'insert\', NULLIF(current_setting(\'pghistory.context_id\', TRUE), \'\')::uuid, \'billing.creditnote\', NEW."id"::text, left(NEW."number"::text, 120), array_remove(ARRAY[\'billing.creditnote:\' || NEW."id", \'billing.invoice:\' || NEW."invoice_id", \'accounts.user:\' || NEW."issued_by_id"]::text[], NULL), \'{}\'::text[], NULL::jsonb, jsonb_build_object(\'invoice\', NEW."invoice_id", \'number\', NEW."number", \'year\', NEW."year", \'sequence\', NEW."sequence", \'issued_at\', NEW."issued_at", \'issued_by\', NEW."issued_by_id", \'net_cents\', NEW."net_cents", \'tax_cents\', NEW."tax_cents", \'total_cents\', NEW."total_cents"), \'{}\'::jsonb, (said.it ->> \'actor\')::bigint, COALESCE(said.it ->> \'role\', \'\'), (said.it ->> \'address\')::inet, COALESCE(said.it ->> \'request\', \'\'), COALESCE(said.it ->> \'place\', \'\'), COALESCE(said.it ->> \'reason\', \'\') FROM (SELECT COALESCE(NULLIF(current_setting(\'pghistory.context_metadata\', TRUE), \'\'), \'{}\')::jsonb AS it) AS said; RETURN NULL;', hash='426674e6980a0ed1a4ec6e49ad1c9110770bdc22', operation='INSERT', pgid='pgtrigger_audit_insert_8000b', table='billing_creditnote', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='creditnote',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "audit_entry" ("pgh_created_at", "pgh_label", "pgh_context_id", "model", "object_id", "name", "about", "changed", "before", "after", "details", "actor_id", "actor_role", "address", "request_id", "place", "reason") SELECT clock_timestamp(), \'update\', NULLIF(current_setting(\'pghistory.context_id\', TRUE), \'\')::uuid, \'billing.creditnote\', NEW."id"::text, left(NEW."number"::text, 120), array_remove(ARRAY[\'billing.creditnote:\' || NEW."id", \'billing.invoice:\' || NEW."invoice_id", \'accounts.user:\' || NEW."issued_by_id"]::text[], NULL), COALESCE(differences.changed, \'{}\'), differences.before, differences.after, \'{}\'::jsonb, (said.it ->> \'actor\')::bigint, COALESCE(said.it ->> \'role\', \'\'), (said.it ->> \'address\')::inet, COALESCE(said.it ->> \'request\', \'\'), COALESCE(said.it ->> \'place\', \'\'), COALESCE(said.it ->> \'reason\', \'\') FROM (SELECT COALESCE(NULLIF(current_setting(\'pghistory.context_metadata\', TRUE), \'\'), \'{}\')::jsonb AS it) AS said, ( SELECT array_agg(name) AS changed, jsonb_object_agg(name, was) FILTER (WHERE shown) AS before, jsonb_object_agg(name, became) FILTER (WHERE shown) AS after FROM (VALUES (\'idempotency_key\', OLD."idempotency_key" IS DISTINCT FROM NEW."idempotency_key", FALSE, NULL::jsonb, NULL::jsonb), (\'request_fingerprint\', OLD."request_fingerprint" IS DISTINCT FROM NEW."request_fingerprint", FALSE, NULL::jsonb, NULL::jsonb), (\'invoice\', OLD."invoice_id" IS DISTINCT FROM NEW."invoice_id", TRUE, to_jsonb(OLD."invoice_id"), to_jsonb(NEW."invoice_id")), (\'number\', OLD."number" IS DISTINCT FROM NEW."number", TRUE, to_jsonb(OLD."number"), to_jsonb(NEW."number")), (\'series\', OLD."series" IS DISTINCT FROM NEW."series", FALSE, NULL::jsonb, NULL::jsonb), (\'year\', OLD."year" IS DISTINCT FROM NEW."year", TRUE, to_jsonb(OLD."year"), to_jsonb(NEW."year")), (\'sequence\', OLD."sequence" IS DISTINCT FROM NEW."sequence", TRUE, to_jsonb(OLD."sequence"), to_jsonb(NEW."sequence")), (\'issued_at\', OLD."issued_at" IS DISTINCT FROM NEW."issued_at", TRUE, to_jsonb(OLD."issued_at"), to_jsonb(NEW."issued_at")), (\'issued_by\', OLD."issued_by_id" IS DISTINCT FROM NEW."issued_by_id", TRUE, to_jsonb(OLD."issued_by_id"), to_jsonb(NEW."issued_by_id")), (\'reason\', OLD."reason" IS DISTINCT FROM NEW."reason", FALSE, NULL::jsonb, NULL::jsonb), (\'net_cents\', OLD."net_cents" IS DISTINCT FROM NEW."net_cents", TRUE, to_jsonb(OLD."net_cents"), to_jsonb(NEW."net_cents")), (\'tax_cents\', OLD."tax_cents" IS DISTINCT FROM NEW."tax_cents", TRUE, to_jsonb(OLD."tax_cents"), to_jsonb(NEW."tax_cents")), (\'total_cents\', OLD."total_cents" IS DISTINCT FROM NEW."total_cents", TRUE, to_jsonb(OLD."total_cents"), to_jsonb(NEW."total_cents"))) AS field (name, differs, shown, was, became) WHERE differs ) AS differences; RETURN NULL;', hash='1a2bc49899d6884a1f9d2306802916ff9cdf2523', operation='UPDATE', pgid='pgtrigger_audit_update_c2d56', table='billing_creditnote', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='creditnote',
            trigger=pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "audit_entry" ("pgh_created_at", "pgh_label", "pgh_context_id", "model", "object_id", "name", "about", "changed", "before", "after", "details", "actor_id", "actor_role", "address", "request_id", "place", "reason") SELECT clock_timestamp(), \'delete\', NULLIF(current_setting(\'pghistory.context_id\', TRUE), \'\')::uuid, \'billing.creditnote\', OLD."id"::text, left(OLD."number"::text, 120), array_remove(ARRAY[\'billing.creditnote:\' || OLD."id", \'billing.invoice:\' || OLD."invoice_id", \'accounts.user:\' || OLD."issued_by_id"]::text[], NULL), \'{}\'::text[], jsonb_build_object(\'invoice\', OLD."invoice_id", \'number\', OLD."number", \'year\', OLD."year", \'sequence\', OLD."sequence", \'issued_at\', OLD."issued_at", \'issued_by\', OLD."issued_by_id", \'net_cents\', OLD."net_cents", \'tax_cents\', OLD."tax_cents", \'total_cents\', OLD."total_cents"), NULL::jsonb, \'{}\'::jsonb, (said.it ->> \'actor\')::bigint, COALESCE(said.it ->> \'role\', \'\'), (said.it ->> \'address\')::inet, COALESCE(said.it ->> \'request\', \'\'), COALESCE(said.it ->> \'place\', \'\'), COALESCE(said.it ->> \'reason\', \'\') FROM (SELECT COALESCE(NULLIF(current_setting(\'pghistory.context_metadata\', TRUE), \'\'), \'{}\')::jsonb AS it) AS said; RETURN NULL;', hash='f2d0bcce74f7edd858f7243db7d71173be9502f3', operation='DELETE', pgid='pgtrigger_audit_delete_185e4', table='billing_creditnote', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='invoiceline',
            constraint=models.UniqueConstraint(fields=('invoice', 'position'), name='invoice_line_position'),
        ),
        migrations.AddConstraint(
            model_name='invoiceline',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='invoice_line_quantity'),
        ),
        migrations.AddConstraint(
            model_name='invoiceline',
            constraint=models.CheckConstraint(condition=models.Q(('share_cents__lte', models.F('net_cents'))), name='invoice_line_share'),
        ),
        migrations.AddConstraint(
            model_name='invoiceline',
            constraint=models.CheckConstraint(condition=models.Q(('category', 'S'), ('rate', 0), _connector='OR'), name='invoice_line_rate_is_of_the_category'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='invoiceline',
            trigger=pgtrigger.compiler.Trigger(name='invoice_line_stays', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF current_setting('hms.erasing', TRUE) = 'yes' AND NEW.description = ''\n                AND to_jsonb(NEW) - '{description}'::text[] = to_jsonb(OLD) - '{description}'::text[]\n                AND EXISTS (\n    SELECT FROM billing_invoice AS invoice\n    JOIN patients_patientprofile AS patient ON patient.id = invoice.patient_id\n    LEFT JOIN doctors_doctorprofile AS doctor ON doctor.id = invoice.doctor_id\n    LEFT JOIN accounts_user AS account ON account.id = doctor.user_id\n    WHERE invoice.id = OLD.invoice_id AND (patient.erased_at IS NOT NULL OR account.erased_at IS NOT NULL)\n)\n            THEN\n                RETURN NEW;\n            END IF;\n            RAISE EXCEPTION 'a line never changes' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'invoice_line_stays';\n        ", hash='43ddbf748c96fecc69692e6b05f80e1dc33575d8', operation='UPDATE', pgid='pgtrigger_invoice_line_stays_f52ed', table='billing_invoiceline', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='invoiceline',
            trigger=pgtrigger.compiler.Trigger(name='invoice_line_is_new', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE issued text;', func="\n                    SELECT number INTO issued FROM billing_invoice WHERE id = NEW.invoice_id FOR SHARE;\n                    IF issued <> '' THEN\n                        RAISE EXCEPTION 'an issued invoice never changes' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'invoice_line_is_new';\n                    END IF;\n                    RETURN NEW;\n                ", hash='f8dbf9cf2a81b45b0553f52881aef058819a7ec9', operation='INSERT', pgid='pgtrigger_invoice_line_is_new_dcd02', table='billing_invoiceline', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='invoiceline',
            trigger=pgtrigger.compiler.Trigger(name='invoice_line_is_kept', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE issued text;', func="\n                    SELECT number INTO issued FROM billing_invoice WHERE id = OLD.invoice_id FOR SHARE;\n                    IF issued <> '' THEN\n                        RAISE EXCEPTION 'an issued invoice never changes' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'invoice_line_is_kept';\n                    END IF;\n                    RETURN OLD;\n                ", hash='143d9ca301d9745ed1a83ac48bccea57f6713793', operation='DELETE', pgid='pgtrigger_invoice_line_is_kept_43213', table='billing_invoiceline', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='creditline',
            constraint=models.UniqueConstraint(fields=('credit_note', 'line'), name='credit_line_once'),
        ),
        migrations.AddConstraint(
            model_name='creditline',
            constraint=models.CheckConstraint(condition=models.Q(('net_cents__gt', 0)), name='credit_line_is_something'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='creditline',
            trigger=pgtrigger.compiler.Trigger(name='credit_line_stays', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='ef7926018466262fd66b43a4d719125357c5ff3e', operation='UPDATE OR DELETE', pgid='pgtrigger_credit_line_stays_6ef00', table='billing_creditline', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='creditline',
            trigger=pgtrigger.compiler.Trigger(name='credit_line_adds_up', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func="\n            IF EXISTS (\n                SELECT FROM billing_creditnote AS note WHERE note.id = NEW.credit_note_id\n                AND (note.net_cents, note.tax_cents) <> (\n                    SELECT COALESCE(sum(net_cents), 0)::bigint, COALESCE(sum(tax_cents), 0)::bigint\n                    FROM billing_creditline WHERE credit_note_id = note.id\n                )\n            ) THEN\n                RAISE EXCEPTION 'the lines of a credit note are not its total' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'credit_note_adds_up';\n            END IF;\n            RETURN NULL;\n        ", hash='fffd540feb4517a89b95f3f8eb99bccda8107419', operation='INSERT', pgid='pgtrigger_credit_line_adds_up_095cf', table='billing_creditline', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='creditline',
            trigger=pgtrigger.compiler.Trigger(name='credit_within_line', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE owner billing_invoiceline;', func="\n            SELECT * INTO owner FROM billing_invoiceline WHERE id = NEW.line_id FOR NO KEY UPDATE;\n            IF NOT (\n            owner.invoice_id = (SELECT invoice_id FROM billing_creditnote WHERE id = NEW.credit_note_id)\n            AND NEW.net_cents <= owner.net_cents - owner.share_cents\n                - COALESCE((SELECT sum(net_cents) FROM billing_creditline WHERE line_id = owner.id), 0)\n        ) THEN\n                RAISE EXCEPTION 'more than is left of the line' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'credit_within_line';\n            END IF;\n            RETURN NEW;\n        ", hash='d236175582125942347f179836a56685883621ca', operation='INSERT', pgid='pgtrigger_credit_within_line_df4e2', table='billing_creditline', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(fields=['received_at'], name='payment_by_time'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount_cents__gt', 0), ('reason', ''), ('takes_back__isnull', True)), models.Q(('amount_cents__lt', 0), ('reference', ''), ('takes_back__isnull', False), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='payment_is_something'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('attempt__gte', 1)), name='payment_attempt_counts_from_1'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('method__in', ['CASH', 'CARD', 'ONLINE', 'INSURANCE'])), name='payment_method_known'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('method__in', ('CARD', 'ONLINE')), _negated=True), models.Q(('reference', ''), _negated=True), ('takes_back__isnull', False), _connector='OR'), name='payment_has_its_reference'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.UniqueConstraint(models.F('method'), django.db.models.functions.text.Upper(django.db.models.functions.text.Replace(models.F('reference'), models.Value(' '), models.Value(''))), models.F('attempt'), condition=models.Q(('method__in', ('CARD', 'ONLINE')), ('takes_back__isnull', True)), name='payment_reference_once'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.UniqueConstraint(fields=('received_by', 'idempotency_key'), name='payment_idempotency_key'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payment',
            trigger=pgtrigger.compiler.Trigger(name='payment_stays', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF current_setting('hms.erasing', TRUE) = 'yes' AND NEW.reason = '-'\n                AND to_jsonb(NEW) - '{reason}'::text[] = to_jsonb(OLD) - '{reason}'::text[]\n                AND EXISTS (\n    SELECT FROM billing_invoice AS invoice\n    JOIN patients_patientprofile AS patient ON patient.id = invoice.patient_id\n    LEFT JOIN doctors_doctorprofile AS doctor ON doctor.id = invoice.doctor_id\n    LEFT JOIN accounts_user AS account ON account.id = doctor.user_id\n    WHERE invoice.id = OLD.invoice_id AND (patient.erased_at IS NOT NULL OR account.erased_at IS NOT NULL)\n)\n            THEN\n                RETURN NEW;\n            END IF;\n            RAISE EXCEPTION 'a payment never changes' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'payment_stays';\n        ", hash='72a9bf819a177fad6f660959f5603f173984dee8', operation='UPDATE', pgid='pgtrigger_payment_stays_dff7a', table='billing_payment', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payment',
            trigger=pgtrigger.compiler.Trigger(name='payment_is_kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='e309bbd87f69f3d28f5e55c095d37640c79c0d58', operation='DELETE', pgid='pgtrigger_payment_is_kept_6a9f0', table='billing_payment', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payment',
            trigger=pgtrigger.compiler.Trigger(name='payment_within_balance', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE owner billing_invoice;', func="\n            SELECT * INTO owner FROM billing_invoice WHERE id = NEW.invoice_id FOR NO KEY UPDATE;\n            IF NOT (\n            owner.number <> '' AND (NEW.amount_cents < 0 OR NEW.amount_cents <= owner.total_cents - COALESCE((SELECT sum(total_cents) FROM billing_creditnote WHERE invoice_id = owner.id), 0) - (COALESCE((SELECT sum(amount_cents) FROM billing_payment WHERE invoice_id = owner.id), 0) - COALESCE((\n    SELECT sum(refund.amount_cents) FROM billing_refund AS refund\n    JOIN billing_creditnote AS note ON note.id = refund.credit_note_id WHERE note.invoice_id = owner.id\n), 0)))\n            AND NEW.amount_cents + COALESCE((SELECT sum(amount_cents) FROM billing_payment WHERE invoice_id = owner.id), 0) - COALESCE((\n    SELECT sum(refund.amount_cents) FROM billing_refund AS refund\n    JOIN billing_creditnote AS note ON note.id = refund.credit_note_id WHERE note.invoice_id = owner.id\n), 0) >= 0\n        ) THEN\n                RAISE EXCEPTION 'more than is to pay' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'payment_within_balance';\n            END IF;\n            RETURN NEW;\n        ", hash='c96abfe29b6b96253bffd0ce78fa0236f857f86c', operation='INSERT', pgid='pgtrigger_payment_within_balance_d1b71', table='billing_payment', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payment',
            trigger=pgtrigger.compiler.Trigger(name='payment_taken_back_as_it_was', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE owner billing_payment;', func="\n            SELECT * INTO owner FROM billing_payment WHERE id = NEW.takes_back_id FOR NO KEY UPDATE;\n            IF NOT (\n            NEW.takes_back_id IS NULL OR (owner.takes_back_id IS NULL\n            AND (NEW.invoice_id, NEW.method, NEW.amount_cents) = (owner.invoice_id, owner.method, -owner.amount_cents))\n        ) THEN\n                RAISE EXCEPTION 'another payment than was entered' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'payment_taken_back_as_it_was';\n            END IF;\n            RETURN NEW;\n        ", hash='2dab7e23de149c23d63b27eaa73fe4fb89c19fc2', operation='INSERT', pgid='pgtrigger_payment_taken_back_as_it_was_19be8', table='billing_payment', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payment',
            trigger=pgtrigger.compiler.Trigger(name='payment_reference_is_free', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW."attempt" > 1)', func="\n            IF EXISTS (\n                SELECT FROM billing_payment AS other\n                WHERE other.method = NEW.method AND other.takes_back_id IS NULL\n                AND upper(replace(other.reference, ' ', '')) = upper(replace(NEW.reference, ' ', ''))\n                AND NOT EXISTS (SELECT FROM billing_payment WHERE takes_back_id = other.id)\n            ) THEN\n                RAISE EXCEPTION 'this reference is in use' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'payment_reference_is_free';\n            END IF;\n            RETURN NEW;\n        ", hash='fcc6eb960aee2820bc1f33afdabd7c1546468e7f', operation='INSERT', pgid='pgtrigger_payment_reference_is_free_d4f33', table='billing_payment', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payment',
            trigger=pgtrigger.compiler.Trigger(name='audit_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "audit_entry" ("pgh_created_at", "pgh_label", "pgh_context_id", "model", "object_id", "name", "about", "changed", "before", "after", "details", "actor_id", "actor_role", "address", "request_id", "place", "reason") SELECT clock_timestamp(), \'insert\', NULLIF(current_setting(\'pghistory.context_id\', TRUE), \'\')::uuid, \'billing.payment\', NEW."id"::text, left(\'\', 120), array_remove(ARRAY[\'billing.payment:\' || NEW."id", \'billing.payment:\' || NEW."takes_back_id", \'billing.invoice:\' || NEW."invoice_id", \'accounts.user:\' || NEW."received_by_id"]::text[], NULL), \'{}\'::text[], NULL::jsonb, jsonb_build_object(\'amount_cents\', NEW."amount_cents", \'method\', NEW."method", \'takes_back\', NEW."takes_back_id", \'invoice\', NEW."invoice_id", \'received_at\', NEW."received_at", \'received_by\', NEW."received_by_id", \'attempt\', NEW."attempt"), \'{}\'::jsonb, (said.it ->> \'actor\')::bigint, COALESCE(said.it ->> \'role\', \'\'), (said.it ->> \'address\')::inet, COALESCE(said.it ->> \'request\', \'\'), COALESCE(said.it ->> \'place\', \'\'), COALESCE(said.it ->> \'reason\', \'\') FROM (SELECT COALESCE(NULLIF(current_setting(\'pghistory.context_metadata\', TRUE), \'\'), \'{}\')::jsonb AS it) AS said; RETURN NULL;', hash='0e20a04269eac4736fbd7d39b5f23c778389b0e7', operation='INSERT', pgid='pgtrigger_audit_insert_be47e', table='billing_payment', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payment',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "audit_entry" ("pgh_created_at", "pgh_label", "pgh_context_id", "model", "object_id", "name", "about", "changed", "before", "after", "details", "actor_id", "actor_role", "address", "request_id", "place", "reason") SELECT clock_timestamp(), \'update\', NULLIF(current_setting(\'pghistory.context_id\', TRUE), \'\')::uuid, \'billing.payment\', NEW."id"::text, left(\'\', 120), array_remove(ARRAY[\'billing.payment:\' || NEW."id", \'billing.payment:\' || NEW."takes_back_id", \'billing.invoice:\' || NEW."invoice_id", \'accounts.user:\' || NEW."received_by_id"]::text[], NULL), COALESCE(differences.changed, \'{}\'), differences.before, differences.after, \'{}\'::jsonb, (said.it ->> \'actor\')::bigint, COALESCE(said.it ->> \'role\', \'\'), (said.it ->> \'address\')::inet, COALESCE(said.it ->> \'request\', \'\'), COALESCE(said.it ->> \'place\', \'\'), COALESCE(said.it ->> \'reason\', \'\') FROM (SELECT COALESCE(NULLIF(current_setting(\'pghistory.context_metadata\', TRUE), \'\'), \'{}\')::jsonb AS it) AS said, ( SELECT array_agg(name) AS changed, jsonb_object_agg(name, was) FILTER (WHERE shown) AS before, jsonb_object_agg(name, became) FILTER (WHERE shown) AS after FROM (VALUES (\'idempotency_key\', OLD."idempotency_key" IS DISTINCT FROM NEW."idempotency_key", FALSE, NULL::jsonb, NULL::jsonb), (\'request_fingerprint\', OLD."request_fingerprint" IS DISTINCT FROM NEW."request_fingerprint", FALSE, NULL::jsonb, NULL::jsonb), (\'amount_cents\', OLD."amount_cents" IS DISTINCT FROM NEW."amount_cents", TRUE, to_jsonb(OLD."amount_cents"), to_jsonb(NEW."amount_cents")), (\'method\', OLD."method" IS DISTINCT FROM NEW."method", TRUE, to_jsonb(OLD."method"), to_jsonb(NEW."method")), (\'reference\', OLD."reference" IS DISTINCT FROM NEW."reference", FALSE, NULL::jsonb, NULL::jsonb), (\'takes_back\', OLD."takes_back_id" IS DISTINCT FROM NEW."takes_back_id", TRUE, to_jsonb(OLD."takes_back_id"), to_jsonb(NEW."takes_back_id")), (\'reason\', OLD."reason" IS DISTINCT FROM NEW."reason", FALSE, NULL::jsonb, NULL::jsonb), (\'invoice\', OLD."invoice_id" IS DISTINCT FROM NEW."invoice_id", TRUE, to_jsonb(OLD."invoice_id"), to_jsonb(NEW."invoice_id")), (\'received_at\', OLD."received_at" IS DISTINCT FROM NEW."received_at", TRUE, to_jsonb(OLD."received_at"), to_jsonb(NEW."received_at")), (\'received_by\', OLD."received_by_id" IS DISTINCT FROM NEW."received_by_id", TRUE, to_jsonb(OLD."received_by_id"), to_jsonb(NEW."received_by_id")), (\'attempt\', OLD."attempt" IS DISTINCT FROM NEW."attempt", TRUE, to_jsonb(OLD."attempt"), to_jsonb(NEW."attempt"))) AS field (name, differs, shown, was, became) WHERE differs ) AS differences; RETURN NULL;', hash='07e01455cf345f15521404f99feeeb368ceced9c', operation='UPDATE', pgid='pgtrigger_audit_update_0be38', table='billing_payment', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payment',
            trigger=pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "audit_entry" ("pgh_created_at", "pgh_label", "pgh_context_id", "model", "object_id", "name", "about", "changed", "before", "after", "details", "actor_id", "actor_role", "address", "request_id", "place", "reason") SELECT clock_timestamp(), \'delete\', NULLIF(current_setting(\'pghistory.context_id\', TRUE), \'\')::uuid, \'billing.payment\', OLD."id"::text, left(\'\', 120), array_remove(ARRAY[\'billing.payment:\' || OLD."id", \'billing.payment:\' || OLD."takes_back_id", \'billing.invoice:\' || OLD."invoice_id", \'accounts.user:\' || OLD."received_by_id"]::text[], NULL), \'{}\'::text[], jsonb_build_object(\'amount_cents\', OLD."amount_cents", \'method\', OLD."method", \'takes_back\', OLD."takes_back_id", \'invoice\', OLD."invoice_id", \'received_at\', OLD."received_at", \'received_by\', OLD."received_by_id", \'attempt\', OLD."attempt"), NULL::jsonb, \'{}\'::jsonb, (said.it ->> \'actor\')::bigint, COALESCE(said.it ->> \'role\', \'\'), (said.it ->> \'address\')::inet, COALESCE(said.it ->> \'request\', \'\'), COALESCE(said.it ->> \'place\', \'\'), COALESCE(said.it ->> \'reason\', \'\') FROM (SELECT COALESCE(NULLIF(current_setting(\'pghistory.context_metadata\', TRUE), \'\'), \'{}\')::jsonb AS it) AS said; RETURN NULL;', hash='6433e642b5c4da9124b2d4230009cc55910f8a70', operation='DELETE', pgid='pgtrigger_audit_delete_90c04', table='billing_payment', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='refund',
            index=models.Index(fields=['refunded_at'], name='refund_by_time'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount_cents__gt', 0), ('reason', ''), ('takes_back__isnull', True)), models.Q(('amount_cents__lt', 0), ('reference', ''), ('takes_back__isnull', False), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='refund_is_something'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.CheckConstraint(condition=models.Q(('method__in', ['CASH', 'CARD', 'ONLINE', 'INSURANCE'])), name='refund_method_known'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.UniqueConstraint(fields=('refunded_by', 'idempotency_key'), name='refund_idempotency_key'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='refund',
            trigger=pgtrigger.compiler.Trigger(name='refund_stays', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF current_setting('hms.erasing', TRUE) = 'yes' AND NEW.reason = '-'\n                AND to_jsonb(NEW) - '{reason}'::text[] = to_jsonb(OLD) - '{reason}'::text[]\n                AND EXISTS (\n    SELECT FROM billing_invoice AS invoice\n    JOIN patients_patientprofile AS patient ON patient.id = invoice.patient_id\n    LEFT JOIN doctors_doctorprofile AS doctor ON doctor.id = invoice.doctor_id\n    LEFT JOIN accounts_user AS account ON account.id = doctor.user_id\n    WHERE invoice.id = (SELECT invoice_id FROM billing_creditnote WHERE id = OLD.credit_note_id) AND (patient.erased_at IS NOT NULL OR account.erased_at IS NOT NULL)\n)\n            THEN\n                RETURN NEW;\n            END IF;\n            RAISE EXCEPTION 'a refund never changes' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'refund_stays';\n        ", hash='4b5a5f28470783d6b3a8e50c890ae73ef824ba6f', operation='UPDATE', pgid='pgtrigger_refund_stays_fa5da', table='billing_refund', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='refund',
            trigger=pgtrigger.compiler.Trigger(name='refund_is_kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='39423a113a4128f13db288cafb4ccb98d07fc966', operation='DELETE', pgid='pgtrigger_refund_is_kept_d2657', table='billing_refund', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='refund',
            trigger=pgtrigger.compiler.Trigger(name='refund_taken_back_as_it_was', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE owner billing_refund;', func="\n            SELECT * INTO owner FROM billing_refund WHERE id = NEW.takes_back_id FOR NO KEY UPDATE;\n            IF NOT (\n            NEW.takes_back_id IS NULL OR (owner.takes_back_id IS NULL\n            AND (NEW.credit_note_id, NEW.method, NEW.amount_cents) = (owner.credit_note_id, owner.method, -owner.amount_cents))\n        ) THEN\n                RAISE EXCEPTION 'another refund than was entered' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'refund_taken_back_as_it_was';\n            END IF;\n            RETURN NEW;\n        ", hash='dcf88f45c8b252cf07c388d57e84fb5cc3352fb3', operation='INSERT', pgid='pgtrigger_refund_taken_back_as_it_was_d34da', table='billing_refund', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='refund',
            trigger=pgtrigger.compiler.Trigger(name='refund_within_credit_note', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE owner billing_creditnote;', func="\n            SELECT * INTO owner FROM billing_creditnote WHERE id = NEW.credit_note_id FOR NO KEY UPDATE;\n            IF NOT (\n            NEW.amount_cents < 0 OR NEW.amount_cents <= owner.total_cents\n                - COALESCE((SELECT sum(amount_cents) FROM billing_refund WHERE credit_note_id = owner.id), 0)\n        ) THEN\n                RAISE EXCEPTION 'more than is left of the credit note' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'refund_within_credit_note';\n            END IF;\n            RETURN NEW;\n        ", hash='a680b8226824876a36954244179b094067472113', operation='INSERT', pgid='pgtrigger_refund_within_credit_note_8d6d6', table='billing_refund', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='refund',
            trigger=pgtrigger.compiler.Trigger(name='refund_within_payments', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE owner billing_invoice;', func="\n            SELECT * INTO owner FROM billing_invoice WHERE id = (SELECT invoice_id FROM billing_creditnote WHERE id = NEW.credit_note_id) FOR NO KEY UPDATE;\n            IF NOT (NEW.amount_cents < 0 OR NEW.amount_cents <= COALESCE((SELECT sum(amount_cents) FROM billing_payment WHERE invoice_id = owner.id), 0) - COALESCE((\n    SELECT sum(refund.amount_cents) FROM billing_refund AS refund\n    JOIN billing_creditnote AS note ON note.id = refund.credit_note_id WHERE note.invoice_id = owner.id\n), 0) - (owner.total_cents - COALESCE((SELECT sum(total_cents) FROM billing_creditnote WHERE invoice_id = owner.id), 0))) THEN\n                RAISE EXCEPTION 'more than was paid too much' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'refund_within_payments';\n            END IF;\n            RETURN NEW;\n        ", hash='3d52c40eca21c0ebbe5c1cabe167ecf5b89294df', operation='INSERT', pgid='pgtrigger_refund_within_payments_77023', table='billing_refund', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='refund',
            trigger=pgtrigger.compiler.Trigger(name='audit_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "audit_entry" ("pgh_created_at", "pgh_label", "pgh_context_id", "model", "object_id", "name", "about", "changed", "before", "after", "details", "actor_id", "actor_role", "address", "request_id", "place", "reason") SELECT clock_timestamp(), \'insert\', NULLIF(current_setting(\'pghistory.context_id\', TRUE), \'\')::uuid, \'billing.refund\', NEW."id"::text, left(\'\', 120), array_remove(ARRAY[\'billing.refund:\' || NEW."id", \'billing.refund:\' || NEW."takes_back_id", \'billing.creditnote:\' || NEW."credit_note_id", \'accounts.user:\' || NEW."refunded_by_id"]::text[], NULL), \'{}\'::text[], NULL::jsonb, jsonb_build_object(\'amount_cents\', NEW."amount_cents", \'method\', NEW."method", \'takes_back\', NEW."takes_back_id", \'credit_note\', NEW."credit_note_id", \'refunded_at\', NEW."refunded_at", \'refunded_by\', NEW."refunded_by_id"), \'{}\'::jsonb, (said.it ->> \'actor\')::bigint, COALESCE(said.it ->> \'role\', \'\'), (said.it ->> \'address\')::inet, COALESCE(said.it ->> \'request\', \'\'), COALESCE(said.it ->> \'place\', \'\'), COALESCE(said.it ->> \'reason\', \'\') FROM (SELECT COALESCE(NULLIF(current_setting(\'pghistory.context_metadata\', TRUE), \'\'), \'{}\')::jsonb AS it) AS said; RETURN NULL;', hash='3c91c488c9984bd8aecf3edf5ecc3ae899f2348b', operation='INSERT', pgid='pgtrigger_audit_insert_d7dee', table='billing_refund', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='refund',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "audit_entry" ("pgh_created_at", "pgh_label", "pgh_context_id", "model", "object_id", "name", "about", "changed", "before", "after", "details", "actor_id", "actor_role", "address", "request_id", "place", "reason") SELECT clock_timestamp(), \'update\', NULLIF(current_setting(\'pghistory.context_id\', TRUE), \'\')::uuid, \'billing.refund\', NEW."id"::text, left(\'\', 120), array_remove(ARRAY[\'billing.refund:\' || NEW."id", \'billing.refund:\' || NEW."takes_back_id", \'billing.creditnote:\' || NEW."credit_note_id", \'accounts.user:\' || NEW."refunded_by_id"]::text[], NULL), COALESCE(differences.changed, \'{}\'), differences.before, differences.after, \'{}\'::jsonb, (said.it ->> \'actor\')::bigint, COALESCE(said.it ->> \'role\', \'\'), (said.it ->> \'address\')::inet, COALESCE(said.it ->> \'request\', \'\'), COALESCE(said.it ->> \'place\', \'\'), COALESCE(said.it ->> \'reason\', \'\') FROM (SELECT COALESCE(NULLIF(current_setting(\'pghistory.context_metadata\', TRUE), \'\'), \'{}\')::jsonb AS it) AS said, ( SELECT array_agg(name) AS changed, jsonb_object_agg(name, was) FILTER (WHERE shown) AS before, jsonb_object_agg(name, became) FILTER (WHERE shown) AS after FROM (VALUES (\'idempotency_key\', OLD."idempotency_key" IS DISTINCT FROM NEW."idempotency_key", FALSE, NULL::jsonb, NULL::jsonb), (\'request_fingerprint\', OLD."request_fingerprint" IS DISTINCT FROM NEW."request_fingerprint", FALSE, NULL::jsonb, NULL::jsonb), (\'amount_cents\', OLD."amount_cents" IS DISTINCT FROM NEW."amount_cents", TRUE, to_jsonb(OLD."amount_cents"), to_jsonb(NEW."amount_cents")), (\'method\', OLD."method" IS DISTINCT FROM NEW."method", TRUE, to_jsonb(OLD."method"), to_jsonb(NEW."method")), (\'reference\', OLD."reference" IS DISTINCT FROM NEW."reference", FALSE, NULL::jsonb, NULL::jsonb), (\'takes_back\', OLD."takes_back_id" IS DISTINCT FROM NEW."takes_back_id", TRUE, to_jsonb(OLD."takes_back_id"), to_jsonb(NEW."takes_back_id")), (\'reason\', OLD."reason" IS DISTINCT FROM NEW."reason", FALSE, NULL::jsonb, NULL::jsonb), (\'credit_note\', OLD."credit_note_id" IS DISTINCT FROM NEW."credit_note_id", TRUE, to_jsonb(OLD."credit_note_id"), to_jsonb(NEW."credit_note_id")), (\'refunded_at\', OLD."refunded_at" IS DISTINCT FROM NEW."refunded_at", TRUE, to_jsonb(OLD."refunded_at"), to_jsonb(NEW."refunded_at")), (\'refunded_by\', OLD."refunded_by_id" IS DISTINCT FROM NEW."refunded_by_id", TRUE, to_jsonb(OLD."refunded_by_id"), to_jsonb(NEW."refunded_by_id"))) AS field (name, differs, shown, was, became) WHERE differs ) AS differences; RETURN NULL;', hash='00c67b79b71d8badeba086abac35e5334eea8c9a', operation='UPDATE', pgid='pgtrigger_audit_update_d3c2b', table='billing_refund', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='refund',
            trigger=pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "audit_entry" ("pgh_created_at", "pgh_label", "pgh_context_id", "model", "object_id", "name", "about", "changed", "before", "after", "details", "actor_id", "actor_role", "address", "request_id", "place", "reason") SELECT clock_timestamp(), \'delete\', NULLIF(current_setting(\'pghistory.context_id\', TRUE), \'\')::uuid, \'billing.refund\', OLD."id"::text, left(\'\', 120), array_remove(ARRAY[\'billing.refund:\' || OLD."id", \'billing.refund:\' || OLD."takes_back_id", \'billing.creditnote:\' || OLD."credit_note_id", \'accounts.user:\' || OLD."refunded_by_id"]::text[], NULL), \'{}\'::text[], jsonb_build_object(\'amount_cents\', OLD."amount_cents", \'method\', OLD."method", \'takes_back\', OLD."takes_back_id", \'credit_note\', OLD."credit_note_id", \'refunded_at\', OLD."refunded_at", \'refunded_by\', OLD."refunded_by_id"), NULL::jsonb, \'{}\'::jsonb, (said.it ->> \'actor\')::bigint, COALESCE(said.it ->> \'role\', \'\'), (said.it ->> \'address\')::inet, COALESCE(said.it ->> \'request\', \'\'), COALESCE(said.it ->> \'place\', \'\'), COALESCE(said.it ->> \'reason\', \'\') FROM (SELECT COALESCE(NULLIF(current_setting(\'pghistory.context_metadata\', TRUE), \'\'), \'{}\')::jsonb AS it) AS said; RETURN NULL;', hash='edd32c44ce555d5d49a5fd7ca18f7821fccf2b5e', operation='DELETE', pgid='pgtrigger_audit_delete_3b20b', table='billing_refund', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='taxtotal',
            constraint=models.UniqueConstraint(fields=('invoice', 'category', 'rate'), name='tax_total_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='taxtotal',
            trigger=pgtrigger.compiler.Trigger(name='tax_total_stays', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='74c140dde7938ecd673be5eec15a6d7a7498babd', operation='UPDATE', pgid='pgtrigger_tax_total_stays_89dfe', table='billing_taxtotal', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='taxtotal',
            trigger=pgtrigger.compiler.Trigger(name='tax_total_is_new', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE issued text;', func="\n                    SELECT number INTO issued FROM billing_invoice WHERE id = NEW.invoice_id FOR SHARE;\n                    IF issued <> '' THEN\n                        RAISE EXCEPTION 'an issued invoice never changes' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'tax_total_is_new';\n                    END IF;\n                    RETURN NEW;\n                ", hash='2dc3863d813f3e3458c54312160e39876c0febcc', operation='INSERT', pgid='pgtrigger_tax_total_is_new_130f8', table='billing_taxtotal', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='taxtotal',
            trigger=pgtrigger.compiler.Trigger(name='tax_total_is_kept', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE issued text;', func="\n                    SELECT number INTO issued FROM billing_invoice WHERE id = OLD.invoice_id FOR SHARE;\n                    IF issued <> '' THEN\n                        RAISE EXCEPTION 'an issued invoice never changes' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'tax_total_is_kept';\n                    END IF;\n                    RETURN OLD;\n                ", hash='ae400919740ba93e8459a25505061f0bcf672911', operation='DELETE', pgid='pgtrigger_tax_total_is_kept_d9ad2', table='billing_taxtotal', when='BEFORE')),
        ),
    ]
